using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>What a hostile container tries against its cell's kernel.</summary>
public sealed class IsolationHostileTests
{
    [Fact]
    public async Task No_probe_hits() => HostileAssert.NoHits(await ProbeAsync(Defences.None));

    /// <summary>Otherwise the probes would prove nothing.</summary>
    [Fact]
    public async Task Every_probe_hits_when_its_defences_are_off() => HostileAssert.AllHit(await ProbeAsync(Defences.All));

    /// <summary>No probe is held only because another defence stands in its way as well.</summary>
    [Theory]
    [InlineData("Capabilities")]
    [InlineData("NoNewPrivileges")]
    [InlineData("Paths")]
    [InlineData("Devices")]
    [InlineData("Limits")]
    public async Task Each_defence_alone_holds_what_it_says(string name)
    {
        var defence = Enum.Parse<Defences>(name);
        var results = await ProbeAsync(Defences.All & ~defence);
        HostileAssert.NoHits(results.Where(result => result.Probe.StoppedBy.HasFlag(defence)));
    }

    private static async Task<IReadOnlyList<ProbeResult>> ProbeAsync(Defences without)
    {
        IReadOnlyList<ProbeResult> results = [];
        await using var cell = await HostileCell.MakeAsync(IsolationProbes.All);
        cell.Options.Without = without;
        var limited = !without.HasFlag(Defences.Limits);
        var spec = new ContainerSpec
        {
            Handle = "isolation",
            RootFs = HostileCell.Image,
            Limits = limited ? new() { MemoryMb = IsolationProbes.MemoryMb, MaxPids = IsolationProbes.Pids } : new(),
        };
        await cell.RunAsync(async runtime => results = await cell.ProbeAsync(runtime, spec, Surroundings()));
        return results;
    }

    /// <summary>A disk that root of the machine itself can read: the machine may be confined as well.</summary>
    private static Dictionary<string, string> Surroundings()
    {
        foreach (var line in File.ReadLines("/proc/partitions").Skip(2))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var major, var minor, _, var name]) continue;
            try
            {
                using var disk = File.OpenHandle("/dev/" + name);
                return new() { ["DISK"] = $"{major} {minor}" };
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // not this one
            }
        }

        return [];
    }
}

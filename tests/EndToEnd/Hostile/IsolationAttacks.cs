using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>Attacks of a hostile container on its cell's kernel, with any runtime.</summary>
public abstract class IsolationAttacks
{
    private protected abstract RuntimeKind Kind { get; }

    /// <summary>Defences that the runtime does not have.</summary>
    private protected virtual Defences Lacking => Defences.None;

    [Theory]
    [InlineData("None")]
    [InlineData("UserNamespace", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task No_probe_hits_without(string missing)
    {
        var without = Enum.Parse<Defences>(missing) | Lacking;
        var results = await ProbeAsync(without);
        HostileAssert.NoHits(
            results.Where(result => result.Probe.StoppedBy == Defences.None || (result.Probe.StoppedBy & ~without) != Defences.None)
        );
    }

    /// <summary>The first process of the probes' pid namespace was there before the container and has no seccomp filter.</summary>
    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task No_probe_hits_in_a_container_that_starts_with_its_main_process() =>
        HostileAssert.NoHits(
            (await ProbeAsync(Lacking, hasOthers: false)).Where(result =>
                result.Probe.StoppedBy == Defences.None || (result.Probe.StoppedBy & ~Lacking) != Defences.None
            )
        );

    /// <summary>
    /// A process's working directory is opened before the process is in the container: one that is a descriptor of the host would stay
    /// there (CVE-2024-21626).
    /// </summary>
    [Fact]
    public async Task No_directory_of_a_process_leads_to_the_host()
    {
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        await File.WriteAllTextAsync(Path.Combine(cell.Directory, "secret"), "of the host");
        await cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(new ContainerSpec { Handle = "leak", RootFs = HostileCell.Image }, CancellationToken.None);
            for (var descriptor = 3; descriptor < 16; descriptor++)
            {
                var id = $"p{descriptor}";
                var steps = string.Concat(Enumerable.Repeat("../", 12));
                try
                {
                    var process = await runtime.StartProcessAsync(
                        "leak",
                        id,
                        new ProcessSpec
                        {
                            Path = "/bin/cat",
                            Args = [$"{steps}{cell.Directory[1..]}/secret"],
                            Dir = $"/proc/self/fd/{descriptor}",
                        },
                        CancellationToken.None
                    );
                    Assert.False((await process.Exit.WaitAsync(Wait.Patience)).Succeeded, $"descriptor {descriptor} leads to the host");
                }
                catch (ProcessStartException)
                {
                    // refused, as expected
                }
            }
        });
    }

    /// <summary>An image chooses what is at the paths where the rep mounts its own files.</summary>
    [Fact]
    public async Task No_link_of_an_image_leads_a_mount_out_of_it()
    {
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        var (root, outside) = (cell.Options.PreloadedRootFs["hostile"], Path.Combine(cell.Directory, "outside"));
        Directory.CreateDirectory(outside);
        var up = string.Concat(Enumerable.Repeat("../", 12));
        File.CreateSymbolicLink(Path.Combine(root, "etc", "hosts"), $"{up}{outside[1..]}/hosts");
        File.CreateSymbolicLink(Path.Combine(root, "etc", "hostname"), $"{outside}/hostname");
        File.CreateSymbolicLink(Path.Combine(root, "etc", "resolv.conf"), "/proc/1/root/etc/resolv.conf");
        await cell.RunAsync(async runtime =>
        {
            try
            {
                await runtime.CreateAsync(new ContainerSpec { Handle = "links", RootFs = HostileCell.Image }, CancellationToken.None);
            }
            catch (ContainerRuntimeException)
            {
                // no container is as good as an intact one
            }

            Assert.Empty(Directory.GetFileSystemEntries(outside));
        });
        Assert.DoesNotContain(outside, await File.ReadAllTextAsync("/proc/self/mountinfo"));
    }

    private protected async Task<IReadOnlyList<ProbeResult>> ProbeAsync(Defences without, bool hasOthers = true)
    {
        IReadOnlyList<ProbeResult> results = [];
        await using var cell = await HostileCell.MakeAsync(Kind, IsolationProbes.All);
        cell.Options.Without = without;
        cell.Options.UserNamespaces = without.HasFlag(Defences.UserNamespace) ? UserNamespaceMode.Off : UserNamespaceMode.Required;
        var limited = !without.HasFlag(Defences.Limits);
        var spec = new ContainerSpec
        {
            Handle = "isolation",
            RootFs = HostileCell.Image,
            Limits = limited ? new() { MemoryMb = IsolationProbes.MemoryMb, MaxPids = IsolationProbes.Pids } : new(),
        };
        await cell.OnHostAsync("add_key", IsolationProbes.HostKey);
        try
        {
            await cell.RunAsync(async runtime =>
                results = await cell.ProbeAsync(
                    runtime,
                    spec,
                    Surroundings(),
                    hasOthers ? () => StartProcessesAsync(runtime, spec.Handle) : null
                )
            );
        }
        finally
        {
            await cell.OnHostAsync("forget_key", IsolationProbes.HostKey);
        }

        return results;
    }

    /// <summary>While a process starts, programs of the host are in the container.</summary>
    private static async Task StartProcessesAsync(IContainerRuntime runtime, string handle)
    {
        for (var i = 0; i < 10; i++)
        {
            var process = await runtime.StartProcessAsync(
                handle,
                $"other{i}",
                new ProcessSpec { Path = "/bin/true" },
                CancellationToken.None
            );
            await process.Exit;
        }
    }

    /// <summary>What the machine's root can do itself, and a disk that it can read: the machine may be confined too.</summary>
    private static Dictionary<string, string> Surroundings()
    {
        var available = Capabilities.Available();
        var surroundings = new Dictionary<string, string>
        {
            ["CAPS"] = $",{string.Join(',', Enumerable.Range(0, 64).Where(bit => (available >> bit & 1) != 0))},",
        };
        foreach (var line in File.ReadLines("/proc/partitions").Skip(2))
        {
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var major, var minor, _, var name])
                continue;
            try
            {
                using var disk = File.OpenHandle("/dev/" + name);
                surroundings["DISK"] = $"{major} {minor}";
                break;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // not this one
            }
        }

        return surroundings;
    }
}

using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Hostile;

/// <summary>Attacks of a hostile container on its cell's disk, with any runtime.</summary>
public abstract class DiskAttacks
{
    private const int LogBytes = 1 << 20;

    private protected abstract RuntimeKind Kind { get; }

    /// <summary>The ways in which a process writes output, of which the cell keeps a part.</summary>
    [Theory]
    [InlineData("lines without end", "dd if=/dev/zero bs=1M count=32 2>/dev/null | tr '\\0' x", true)]
    [InlineData(
        "many lines",
        "yes | dd bs=64k count=512 iflag=fullblock 2>/dev/null",
        true,
        Traits = [TestScale.Run, TestScale.NightlyOnly]
    )]
    [InlineData("lines without end", "dd if=/dev/zero bs=1M count=32 2>/dev/null | tr '\\0' x", false)]
    public async Task Output_does_not_fill_the_cells_state(string how, string script, bool defended)
    {
        _ = how;
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        cell.Options.MaxLogBytes = defended ? LogBytes : long.MaxValue;
        await cell.RunAsync(async runtime =>
        {
            var container = await runtime.CreateAsync(
                new ContainerSpec { Handle = "output", RootFs = HostileCell.Image },
                CancellationToken.None
            );
            var process = await runtime.StartProcessAsync(
                "output",
                "p",
                new ProcessSpec { Path = "/bin/sh", Args = ["-c", script] },
                CancellationToken.None
            );
            await process.Exit.WaitAsync(TimeSpan.FromMinutes(3));
            var kept = PlainDisks.Walk(Path.Combine(container.Directory!, "processes")).Bytes;
            Assert.True(kept <= 4 * LogBytes == defended, $"{kept} bytes");
        });
    }

    /// <summary>A container cannot write to files of the rep that it sees, nor to files provided to the work.</summary>
    [Theory]
    [InlineData("/etc/hosts", true)]
    [InlineData("/etc/hostname", true, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("/etc/resolv.conf", true, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("/given/file", true)]
    [InlineData("/given/file", false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    public async Task Mounts_of_the_cells_files_take_no_writes(string path, bool defended)
    {
        await using var cell = await HostileCell.MakeAsync(Kind, []);
        var given = Directory.CreateDirectory(Path.Combine(cell.Directory, "given")).FullName;
        await File.WriteAllTextAsync(Path.Combine(given, "file"), "");
        File.SetUnixFileMode(Path.Combine(given, "file"), (UnixFileMode)Convert.ToInt32("666", 8));
        await cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(
                new ContainerSpec
                {
                    Handle = "mounts",
                    RootFs = HostileCell.Image,
                    Mounts = [new BindMount(given, "/given", ReadOnly: defended)],
                },
                CancellationToken.None
            );
            var process = await runtime.StartProcessAsync(
                "mounts",
                "p",
                new ProcessSpec { Path = "/bin/sh", Args = ["-c", $"dd if=/dev/zero of={path} bs=1M count=1"] },
                CancellationToken.None
            );
            Assert.Equal(!defended, (await process.Exit.WaitAsync(TimeSpan.FromMinutes(1))).Succeeded);
        });
    }

    private protected async Task<IReadOnlyList<ProbeResult>> ProbeAsync(Defences without)
    {
        IReadOnlyList<ProbeResult> results = [];
        await using var cell = await HostileCell.MakeAsync(Kind, DiskProbes.All);
        cell.Options.Without = without;
        var spec = new ContainerSpec
        {
            Handle = "disk",
            RootFs = HostileCell.Image,
            Limits = new() { DiskMb = DiskProbes.DiskMb, MemoryMb = DiskProbes.MemoryMb },
        };
        await cell.RunAsync(async runtime => results = await cell.ProbeAsync(runtime, spec));
        return results;
    }
}

using System.Formats.Tar;
using Scheduler.Cli.Images;
using Scheduler.Models;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;
using static Scheduler.Tests.Integration.Containers.CellFixture;

namespace Scheduler.Tests.Integration.Containers;

/// <summary>The disk limit of a container: no way of writing exceeds it, and nothing of it remains on the machine.</summary>
public sealed class DiskTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly CellFixture _cell = new();

    public ValueTask InitializeAsync() => _cell.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await _cell.DisposeAsync();
        await RestartTests.EventuallyAsync(() => LoopDevices(_cell.Directory) == 0);
    }

    /// <summary>Ways to write; each would take 64 MB, where 16 MB are allowed.</summary>
    [Theory]
    [InlineData("one file", "dd if=/dev/zero of=/big bs=1M count=64")]
    [InlineData("many files", "for i in $(seq 64); do dd if=/dev/zero of=/tmp/f$i bs=1M count=1 || exit 1; done")]
    [InlineData(
        "a file without a name",
        "exec 3>/tmp/hidden; rm /tmp/hidden; dd if=/dev/zero bs=1M count=64 >&3",
        Traits = [TestScale.Run, TestScale.NightlyOnly]
    )]
    [InlineData(
        "a file of the image",
        "dd if=/dev/zero of=/bin/busybox.new bs=1M count=64",
        Traits = [TestScale.Run, TestScale.NightlyOnly]
    )]
    [InlineData("room asked for", "fallocate -l 67108864 /big", Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData("the end of a sparse file", "truncate -s 1G /big && dd if=/dev/zero of=/big bs=1M seek=512 count=64 conv=notrunc")]
    public Task Writes_as_much_as_it_may_and_no_more(string how, string script) =>
        _cell.RunAsync(async runtime =>
        {
            _ = how;
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 16 } }, None);
            await runtime.CreateAsync(Spec("c2") with { Limits = new() { DiskMb = 16 } }, None);
            var greedy = await RunAsync(runtime, "c1", "greedy", script);
            Assert.NotEqual(0, greedy.Code);
            Assert.InRange((await runtime.MetricsAsync("c1", None)).DiskBytes, 0, (16L << 20) + (128 << 10));
            Assert.Contains(
                (await ProcessTests.LinesAsync(runtime, "c1", "greedy")).Select(line => line.Text),
                line =>
                    line.Contains("No space left on device", StringComparison.Ordinal) || line.Contains("quota", StringComparison.Ordinal)
            );

            // Its neighbour still has its full limit.
            Assert.Equal(0, (await RunAsync(runtime, "c2", "modest", "dd if=/dev/zero of=/big bs=1M count=15")).Code);
        });

    [Fact]
    public Task Says_that_the_limit_is_reached_and_only_then() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 16 } }, None);
            Assert.Equal(0, (await RunAsync(runtime, "c1", "half", "dd if=/dev/zero of=/half bs=1M count=8")).Code);
            Assert.Null(await runtime.DiskShortageAsync("c1", None));
            Assert.NotEqual(0, (await RunAsync(runtime, "c1", "all", "dd if=/dev/zero of=/all bs=64k count=1024")).Code);
            Assert.Equal("disk limit of 16 MB reached", await runtime.DiskShortageAsync("c1", None));
            Assert.Equal(16L << 20, (await runtime.MetricsAsync("c1", None)).DiskLimitBytes);

            // Deleted space can be written again.
            Assert.Equal(0, (await RunAsync(runtime, "c1", "again", "rm /all && dd if=/dev/zero of=/all bs=1M count=7")).Code);
            Assert.Null(await runtime.DiskShortageAsync("nobody", None));
        });

    [Fact]
    public Task Makes_as_many_files_as_it_may_and_no_more() =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 4 } }, None);
            var greedy = await RunAsync(
                runtime,
                "c1",
                "greedy",
                "mkdir /f; i=0; while [ $i -lt 2000 ]; do : > /f/$i || exit 1; i=$((i+1)); done"
            );
            Assert.NotEqual(0, greedy.Code);
            Assert.InRange((await runtime.MetricsAsync("c1", None)).Inodes, 1_000, 1_024);
            Assert.Equal("limit of 1024 files reached", await runtime.DiskShortageAsync("c1", None));
        });

    /// <summary>Memory file systems do not bypass the limit: they have limits of their own, and count as memory.</summary>
    [Theory]
    [InlineData("dd if=/dev/zero of=/dev/shm/big bs=1M count=80")]
    [InlineData("dd if=/dev/zero of=/dev/big bs=1M count=80")]
    [InlineData("i=0; while [ $i -lt 20000 ]; do : > /dev/shm/$i || exit 1; i=$((i+1)); done")]
    public Task Memory_file_systems_are_bounded(string script) =>
        _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(
                Spec("c1") with
                {
                    Limits = new() { DiskMb = 16, MemoryMb = 256 },
                },
                None
            );
            Assert.NotEqual(0, (await RunAsync(runtime, "c1", "greedy", script)).Code);
        });

    [Fact]
    public async Task Work_that_names_no_disk_has_the_cells_default()
    {
        _cell.Options.DefaultDiskMb = 8;
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1"), None);
            Assert.NotEqual(0, (await RunAsync(runtime, "c1", "p", "dd if=/dev/zero of=/big bs=1M count=16")).Code);
        });
    }

    [Fact]
    public async Task With_quotas_off_nothing_is_refused()
    {
        _cell.Options.DiskQuota = DiskQuotaMode.Off;
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 4 } }, None);
            Assert.Equal(0, (await RunAsync(runtime, "c1", "p", "dd if=/dev/zero of=/big bs=1M count=16")).Code);
            Assert.Null(await runtime.DiskShortageAsync("c1", None));
        });
    }

    [Fact]
    public async Task Where_disks_are_only_watched_the_container_is_killed_and_the_reason_kept()
    {
        _cell.Options.DiskQuota = DiskQuotaMode.Watch;
        _cell.Options.DiskWatchInterval = TimeSpan.FromMilliseconds(50);
        await _cell.RunAsync(async runtime =>
        {
            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 4 } }, None);
            // A sparse file does not count as written.
            Assert.Equal(0, (await RunAsync(runtime, "c1", "sparse", "truncate -s 1G /sparse")).Code);
            var greedy = await runtime.StartProcessAsync("c1", "greedy", Shell("dd if=/dev/zero of=/big bs=1M count=8; sleep 1000"), None);
            Assert.NotEqual(0, (await greedy.Exit.WaitAsync(Wait.Patience)).Code);
            Assert.Equal("disk limit of 4 MB reached", await runtime.DiskShortageAsync("c1", None));
        });
    }

    [Fact]
    public async Task Project_quotas_hold_or_are_refused_at_the_start()
    {
        _cell.Options.DiskQuota = DiskQuotaMode.Project;
        await _cell.Namespace.RunAsync(async () =>
        {
            RuncRuntime runtime;
            try
            {
                runtime = await _cell.StartAsync();
            }
            catch (ContainerRuntimeException refused)
            {
                Assert.Contains("mounted with prjquota, or set --disk-quota loop", refused.Message, StringComparison.Ordinal);
                _cell.Options.DiskQuota = DiskQuotaMode.Off;
                return;
            }

            await runtime.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 16 } }, None);
            Assert.NotEqual(0, (await RunAsync(runtime, "c1", "p", "dd if=/dev/zero of=/big bs=1M count=64")).Code);
            Assert.Equal("disk limit of 16 MB reached", await runtime.DiskShortageAsync("c1", None));
        });
    }

    /// <summary>As Diego counts images that are not preloaded on the cell.</summary>
    [Fact]
    public Task An_image_larger_than_the_disk_is_refused_for_good() =>
        _cell.RunAsync(async runtime =>
        {
            var image = new OciLayoutBuilder();
            image.AddLayer(tar =>
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "big") { DataStream = new MemoryStream(new byte[5 << 20]) })
            );
            var path = Path.Combine(_cell.Directory, "big");
            image.WriteDirectory(path);
            var refused = await Assert.ThrowsAsync<DomainException>(() =>
                runtime.CreateAsync(
                    Spec("c1") with
                    {
                        RootFs = $"oci://{path}",
                        Limits = new() { DiskMb = 4 },
                    },
                    None
                )
            );
            Assert.Equal(ErrorKind.InvalidRequest, refused.Kind);
            Assert.Contains(
                "disk_mb: must be more than the 5 MB that the image takes, and is 4",
                refused.Message,
                StringComparison.Ordinal
            );

            await runtime.CreateAsync(
                Spec("c2") with
                {
                    RootFs = $"oci://{path}",
                    Limits = new() { DiskMb = 12 },
                },
                None
            );
            Assert.Equal(7L << 20, (await runtime.MetricsAsync("c2", None)).DiskLimitBytes);
        });

    [Fact]
    public Task A_restarted_rep_finds_volumes_and_limits_again() =>
        _cell.RunAsync(async before =>
        {
            await before.CreateAsync(Spec("c1") with { Limits = new() { DiskMb = 16 } }, None);
            Assert.Equal(0, (await RunAsync(before, "c1", "first", "dd if=/dev/zero of=/a bs=1M count=10")).Code);
            await before.DisposeAsync();

            var after = await _cell.StartAsync();
            Assert.InRange((await after.MetricsAsync("c1", None)).DiskBytes, 10L << 20, 11L << 20);
            Assert.NotEqual(0, (await RunAsync(after, "c1", "second", "dd if=/dev/zero of=/b bs=1M count=10")).Code);
            Assert.Equal("disk limit of 16 MB reached", await after.DiskShortageAsync("c1", None));
            await after.DestroyAsync("c1", None);
            await RestartTests.EventuallyAsync(() => LoopDevices(_cell.Directory) == 0);
            Assert.DoesNotContain(
                await File.ReadAllLinesAsync("/proc/self/mountinfo"),
                line => line.Contains(_cell.Directory, StringComparison.Ordinal) && line.Contains("c1/volume", StringComparison.Ordinal)
            );
        });

    /// <summary>A rep killed during the creation of a container leaves the parts created so far; the next rep removes them.</summary>
    [Theory]
    [InlineData(false, Traits = [TestScale.Run, TestScale.NightlyOnly])]
    [InlineData(true)]
    public Task What_a_killed_rep_had_half_made_goes_with_the_next_start(bool mounted) =>
        _cell.RunAsync(async before =>
        {
            await before.DisposeAsync();
            var paths = new CellPaths(_cell.Options.StateDirectory, _cell.Options.CgroupParent).Container("half");
            Directory.CreateDirectory(paths.Root);
            RecordFile.Write(
                paths.Record,
                new ContainerRecord { Spec = Spec("half"), CreatedAt = DateTimeOffset.UtcNow },
                RecordJson.Default.ContainerRecord
            );
            var disks = new LoopDisks(
                "/sbin/mkfs.ext4",
                Path.Combine(_cell.Options.StateDirectory, "volumes"),
                new Commands(Wait.Patience, TimeProvider.System)
            );
            await disks.MakeAsync(paths, new DiskLimit(8, 2_048), None);
            Assert.Equal(1, LoopDevices(_cell.Directory));
            if (!mounted)
                Mounts.Remove(paths.Volume);

            await _cell.StartAsync();
            await RestartTests.EventuallyAsync(() => LoopDevices(_cell.Directory) == 0);
            Assert.False(Directory.Exists(paths.Root));
        });

    [Fact]
    public Task Cleaning_up_leaves_no_volume_behind() =>
        _cell.RunAsync(async runtime =>
        {
            await Task.WhenAll(
                Enumerable.Range(0, 5).Select(n => runtime.CreateAsync(Spec($"c{n}") with { Limits = new() { DiskMb = 8 + n } }, None))
            );
            Assert.Equal(5, LoopDevices(_cell.Directory));
            await runtime.CleanUpAsync(None);
            await RestartTests.EventuallyAsync(() => LoopDevices(_cell.Directory) == 0);
        });

    /// <summary>However much a process writes to its output, and however long its lines, the cell keeps a bounded amount.</summary>
    [Fact]
    public async Task Output_is_bounded_whatever_its_lines_are()
    {
        _cell.Options.MaxLogBytes = 1 << 20;
        await _cell.RunAsync(async runtime =>
        {
            var info = await runtime.CreateAsync(Spec("c1"), None);
            Assert.Equal(0, (await RunAsync(runtime, "c1", "one-line", "dd if=/dev/zero bs=1M count=16 2>/dev/null | tr '\\0' x")).Code);
            var kept = Directory.GetFiles(Path.Combine(info.Directory!, "processes", "one-line")).Sum(file => new FileInfo(file).Length);
            Assert.InRange(kept, 1, 4L << 20);
        });
    }

    private static async Task<ProcessExit> RunAsync(RuncRuntime runtime, string handle, string id, string script) =>
        await (await runtime.StartProcessAsync(handle, id, Shell($"{{ {script}; }} 2>&1"), None)).Exit.WaitAsync(Wait.Patience);

    /// <summary>Number of loop devices whose file is, or was, below a directory.</summary>
    private static int LoopDevices(string directory) =>
        Directory
            .GetDirectories("/sys/block", "loop*")
            .Count(device =>
            {
                try
                {
                    return File.ReadAllText(Path.Combine(device, "loop", "backing_file"))
                        .StartsWith(directory + "/", StringComparison.Ordinal);
                }
                catch (IOException)
                {
                    return false; // it has none, or lost it during the check
                }
            });
}

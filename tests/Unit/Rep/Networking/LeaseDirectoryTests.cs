using System.Diagnostics;
using Scheduler.Rep.Networking;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Networking;

public sealed class LeaseDirectoryTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("leases-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Leases_a_thing_to_one_holder_until_the_holder_is_gone()
    {
        var (first, second) = (Holder("first"), Holder("second"));
        var leases = new LeaseDirectory(_root, "ports");
        Assert.True(leases.TryTake("61000", first));
        Assert.True(leases.TryTake("61000", first));
        Assert.False(leases.TryTake("61000", second));
        leases.Release("61000", second);
        Assert.False(leases.TryTake("61000", second));
        Directory.Delete(first);
        Assert.True(leases.TryTake("61000", second));
    }

    [Fact]
    public async Task Waits_for_another_cell_that_is_looking_at_the_leases()
    {
        var first = Holder("first");
        var leases = new LeaseDirectory(_root, "ports");
        Assert.True(leases.TryTake("61000", first));
        Directory.Delete(first);

        // Another process, like another cell: flock(1) takes the same lock.
        var path = Directory.GetFiles(_root, ".lock", SearchOption.AllDirectories).Single();
        using var other = Process.Start(
            new ProcessStartInfo("flock", [path, "-c", "echo held; read line"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync());

        var second = Holder("second");
        var take = Task.Run(() => leases.TryTake("61000", second));
        await WaitsForLockAsync(path, take);
        await other.StandardInput.WriteLineAsync("go on");
        Assert.True(await take.WaitAsync(Wait.Patience));
        await other.WaitForExitAsync();
    }

    [Fact]
    public async Task Gives_a_lapsed_lease_to_one_of_many_that_want_it()
    {
        var holders = Enumerable.Range(0, 8).Select(number => Holder($"cell-{number}")).ToList();
        for (var round = 0; round < 50; round++)
        {
            var gone = Holder("gone");
            Assert.True(new LeaseDirectory(_root, "ports").TryTake($"{round}", gone));
            Directory.Delete(gone);
            using var together = new Barrier(holders.Count);
            var takes = holders.Select(holder =>
                Task.Factory.StartNew(
                    () =>
                    {
                        together.SignalAndWait();
                        return new LeaseDirectory(_root, "ports").TryTake($"{round}", holder);
                    },
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default
                )
            );
            Assert.Single(await Task.WhenAll(takes), taken => taken);
        }
    }

    [Fact]
    public void Sweeps_up_after_data_directories_that_are_gone_and_leaves_the_others()
    {
        var (stays, goes) = (Holder("stays"), Holder("goes"));
        var (ports, subnets) = (new LeaseDirectory(_root, "ports"), new LeaseDirectory(_root, "subnets"));
        Assert.True(ports.TryTake("61000", stays));
        Assert.True(ports.TryTake("61001", goes));
        Assert.True(subnets.TryTake("10.254.0.0_24", goes));
        var other = Directory.CreateDirectory(Path.Combine(_root, "net-1", "ports")).FullName;
        File.WriteAllText(Path.Combine(other, "61001"), goes);
        // What a rep leaves that crashed before it wrote its name.
        File.WriteAllText(Path.Combine(other, "61002"), "");
        Directory.Delete(goes);

        LeaseDirectory.Sweep(_root);

        var left = Directory.GetFiles(_root, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != ".lock").ToList();
        Assert.Equal("61000", Path.GetFileName(Assert.Single(left)));
        Assert.False(Directory.Exists(Path.Combine(_root, "net-1")));
        Assert.Single(Directory.GetDirectories(Directory.GetDirectories(_root, "net-*").Single()));

        Assert.False(ports.TryTake("61000", Holder("late")));
        Assert.True(subnets.TryTake("10.254.0.0_24", stays));
    }

    [Fact]
    public async Task Holds_no_lock_on_a_file_that_was_swept_away_meanwhile()
    {
        var path = Path.Combine(_root, "swept", ".lock");
        var before = FileLock.Hold(path);
        var next = Task.Run(() => FileLock.Hold(path));
        await WaitsForLockAsync(path, next);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        before.Dispose();
        using (await next.WaitAsync(Wait.Patience))
            Assert.True(File.Exists(path));
    }

    /// <summary>/proc/locks marks waiters for a lock with an arrow.</summary>
    private static async Task WaitsForLockAsync(string path, Task waiting)
    {
        var inode = $":{Native.Stat(path)!.Value.Inode} ";
        while (
            !waiting.IsCompleted
            && !File.ReadLines("/proc/locks")
                .Any(line => line.Contains("->", StringComparison.Ordinal) && line.Contains(inode, StringComparison.Ordinal))
        )
            await Task.Delay(5);
        if (waiting.IsCompleted)
            await waiting;
        Assert.False(waiting.IsCompleted, "it did not wait");
    }

    private string Holder(string name) => Directory.CreateDirectory(Path.Combine(_root, "holders", name)).FullName;
}

using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Scheduler.Bbs;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sqlite;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Storage;

/// <summary>The embedded store on a full file system of 4 MB: no acknowledged write is lost, and reads continue.</summary>
public sealed class FullDiskTests(ITestOutputHelper output) : IAsyncLifetime
{
    // Long enough that a busy machine does not stall beyond it.
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(6);
    private readonly string _directory = Directory.CreateTempSubdirectory("bbs-full-").FullName;

    private string Database => Path.Combine(_directory, "bbs.db");

    private string Filler => Path.Combine(_directory, "filler");

    private string Rest => Path.Combine(_directory, "rest");

    public async ValueTask InitializeAsync() => await RunAsync("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", _directory);

    public async ValueTask DisposeAsync()
    {
        // A process forked by another test at this moment holds the store's files open until it has executed its program.
        await Wait.UntilAsync(async () => await TryRunAsync("umount", _directory) is null);
        Directory.Delete(_directory);
    }

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Writes_fail_with_the_reason_reads_go_on_and_it_heals()
    {
        // The space to free later.
        await File.WriteAllBytesAsync(Filler, new byte[1 << 20]);
        var acknowledged = new ConcurrentBag<string>();
        var (refused, reads, enough) = (0, 0, int.MaxValue);
        var unexpected = new ConcurrentBag<string>();
        await using (var store = Open(TimeProvider.System))
        await using (var bbs = await StartAsync(store))
        {
            using var over = new CancellationTokenSource();
            var load = Enumerable.Range(0, 6).Select(WriteAsync).Append(ReadAsync()).ToArray();

            await Wait.UntilAsync(() => refused > 0);
            var full = TimeProvider.System.GetTimestamp();
            FillTo(Rest);
            // No renewal of the term can be written during this time.
            var (refusedBefore, readsBefore) = (refused, reads);
            await Wait.UntilAsync(() =>
                refused > refusedBefore + 50 && reads > readsBefore + 50 && TimeProvider.System.GetElapsedTime(full) > 2 * Ttl
            );

            // The load stops after the write that proves recovery: it must not fill the disk again.
            var before = acknowledged.Count;
            Volatile.Write(ref enough, before + 1);
            await FreeAsync(Filler);
            var room = TimeProvider.System.GetTimestamp();
            await Wait.UntilAsync(() => acknowledged.Count > before);
            output.WriteLine(
                $"{acknowledged.Count} acknowledged, {refused} refused, {reads} reads; written again after {TimeProvider.System.GetElapsedTime(room).TotalMilliseconds:0} ms"
            );

            await over.CancelAsync();
            await Task.WhenAll(load);
            Assert.Empty(unexpected);

            async Task WriteAsync(int writer)
            {
                for (var i = 0; !over.IsCancellationRequested && acknowledged.Count < Volatile.Read(ref enough); i++)
                {
                    var lrp = A.DesiredLrp($"w{writer}-{i}");
                    lrp.Annotation = new string('x', 8_000);
                    try
                    {
                        await bbs.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp });
                        acknowledged.Add(lrp.ProcessGuid);
                    }
                    catch (DomainException failure)
                        when (failure.Kind == ErrorKind.InsufficientResources
                            && failure.Message.Contains("disk is full", StringComparison.Ordinal)
                        )
                    {
                        Interlocked.Increment(ref refused);
                    }
                    catch (Exception failure)
                    {
                        unexpected.Add($"write: {failure.Message}");
                    }
                }
            }

            async Task ReadAsync()
            {
                while (!over.IsCancellationRequested)
                {
                    try
                    {
                        await bbs.Domains.ListAsync(new ListDomainsRequest());
                        Interlocked.Increment(ref reads);
                    }
                    catch (Exception failure)
                    {
                        unexpected.Add($"read: {failure.Message}");
                    }
                }
            }
        }

        // A starting BBS needs space to take its term.
        await FreeAsync(Rest);
        await using var reopened = Open(TimeProvider.System);
        await using var next = await StartAsync(reopened);
        using var list = next.DesiredLrps.List(new ListDesiredLRPsRequest());
        var found = new HashSet<string>();
        while (await list.ResponseStream.MoveNext(CancellationToken.None))
            found.UnionWith(list.ResponseStream.Current.DesiredLrps.Select(lrp => lrp.ProcessGuid));
        Assert.DoesNotContain(acknowledged, name => !found.Contains(name));
    }

    [Fact]
    public async Task A_leader_that_cannot_write_its_term_keeps_it_as_long_as_it_lives()
    {
        var time = new FakeTimeProvider();
        await using var second = Open(time);
        long epoch;
        await using (var first = Open(time))
        {
            epoch = (await first.AcquireLeadershipAsync("first", "a", Ttl, default)).Epoch;
            FillTo(Filler);
            time.Advance(2 * Ttl);
            await first.RenewLeadershipAsync(epoch, Ttl, default);
            var refused = await second.AcquireLeadershipAsync("second", "b", Ttl, default);
            Assert.Equal((false, "a"), (refused.Acquired, refused.HolderValue));

            // With free space the term is written again, and expires there unless it is renewed.
            await FreeAsync(Filler);
            await first.RenewLeadershipAsync(epoch, Ttl, default);
            Assert.False((await second.AcquireLeadershipAsync("second", "b", Ttl, default)).Acquired);

            FillTo(Filler);
            time.Advance(2 * Ttl);
            await first.RenewLeadershipAsync(epoch, Ttl, default);
        }

        // The first store is closed, and with it the in-memory hold on its term.
        await FreeAsync(Filler);
        var won = await second.AcquireLeadershipAsync("second", "b", Ttl, default);
        Assert.Equal(epoch + 1, won.Epoch);
    }

    [Fact]
    public async Task A_leader_that_was_deposed_before_the_disk_was_full_is_told()
    {
        var time = new FakeTimeProvider();
        await using var first = Open(time);
        await using var second = Open(time);
        var epoch = (await first.AcquireLeadershipAsync("first", "a", Ttl, default)).Epoch;
        time.Advance(2 * Ttl);
        Assert.True((await second.AcquireLeadershipAsync("second", "b", Ttl, default)).Acquired);
        FillTo(Filler);
        await Assert.ThrowsAsync<LeadershipLostException>(() => first.RenewLeadershipAsync(epoch, Ttl, default));
    }

    private static async Task<BbsHost> StartAsync(IBbsStore store)
    {
        var bbs = await BbsHost.StartAsync(
            store,
            "node-1",
            new BbsOptions
            {
                Leadership = new LeadershipOptions { Ttl = Ttl, Retry = TimeSpan.FromMilliseconds(50) },
            }
        );
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await bbs.Domains.ListAsync(new ListDomainsRequest());
                return true;
            }
            catch (DomainException)
            {
                return false;
            }
        });
        return bbs;
    }

    private IBbsStore Open(TimeProvider time) =>
        SqliteBbsStore.Open(new SqliteStoreOptions { Path = Database }, StorageKeys.None, time, NullLogger.Instance);

    /// <summary>Removes a file, and waits until its space is free: a process forked by another test at that moment still holds it.</summary>
    private async Task FreeAsync(string path)
    {
        var size = new FileInfo(path).Length;
        File.Delete(path);
        await Wait.UntilAsync(() => new DriveInfo(_directory).AvailableFreeSpace >= size / 2);
    }

    private static void FillTo(string path)
    {
        using var file = new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                BufferSize = 0,
            }
        );
        for (var size = 1 << 16; size > 0; size /= 2)
        {
            try
            {
                while (true)
                    file.Write(new byte[size]);
            }
            catch (IOException)
            {
                // half as much may still fit
            }
        }
    }

    private static async Task RunAsync(string program, params string[] arguments) => Assert.Null(await TryRunAsync(program, arguments));

    /// <returns>The program's error output if it fails.</returns>
    private static async Task<string?> TryRunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? null : error;
    }
}

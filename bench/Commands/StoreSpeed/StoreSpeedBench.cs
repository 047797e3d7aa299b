using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bench.Commands.Load;
using Scheduler.Bench.Commands.Parts;
using Scheduler.Cli.Services;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Commands.StoreSpeed;

/// <summary>
/// Commits batches of instances whose state changes, one after the other, like the BBS; then loads everything, like a new leader.
/// </summary>
/// <param name="progress">Receives progress messages, one per line.</param>
internal sealed class StoreSpeedBench(StoreSpeedOptions options, TextWriter progress, TimeProvider time)
{
    private const int FillRows = 5_000;

    // Warms up prepared statements and the just-in-time compiler, so that the first measurement does not pay for them.
    private const int WarmUpCommits = 50;

    private static readonly TimeSpan Term = TimeSpan.FromHours(1);
    private readonly Process _self = Process.GetCurrentProcess();
    private ulong _revision;
    private int _next;

    public async Task<StoreSpeedResult> RunAsync(CancellationToken cancellationToken)
    {
        await using var database = await Store.OpenAsync(options.Store, cancellationToken);
        await using var store = StoreSetup.Open(database.Url, StorageKeys.None, time, NullLoggerFactory.Instance);
        var epoch = (await store.AcquireLeadershipAsync($"bench-{Environment.ProcessId}", "", Term, cancellationToken)).Epoch;
        if (epoch == 0)
            throw new StoreException("another node leads in this store: a benchmark needs one of its own");
        await store.MigrateAsync(epoch, cancellationToken);
        try
        {
            return await MeasureAsync(store, epoch, database, cancellationToken);
        }
        finally
        {
            await store.ReleaseLeadershipAsync(epoch, CancellationToken.None);
        }
    }

    private async Task<StoreSpeedResult> MeasureAsync(IBbsStore store, long epoch, Store database, CancellationToken cancellationToken)
    {
        _revision = await store.LoadAsync(new CountingReader(), cancellationToken);
        await progress.WriteLineAsync($"inserting {options.Instances} instances");
        for (var filled = 0; filled < options.Instances; filled += FillRows)
            await store.CommitAsync(Next(epoch, Math.Min(FillRows, options.Instances - filled)), cancellationToken);

        var times = options.Rows.Select(_ => new List<double>()).ToArray();
        var cpu = new double[times.Length];
        foreach (var rows in options.Rows)
        {
            for (var i = 0; i < Math.Max(2, WarmUpCommits / rows); i++)
                await store.CommitAsync(Next(epoch, rows), cancellationToken);
        }

        for (var round = 1; round <= options.Rounds; round++)
        {
            for (var size = 0; size < times.Length; size++)
            {
                var cpuBefore = CpuMilliseconds();
                var began = time.GetTimestamp();
                do
                {
                    var batch = Next(epoch, options.Rows[size]);
                    var sent = time.GetTimestamp();
                    await store.CommitAsync(batch, cancellationToken);
                    times[size].Add(time.GetElapsedTime(sent).TotalMilliseconds);
                } while (time.GetElapsedTime(began) < options.Measure);
                cpu[size] += CpuMilliseconds() - cpuBefore;
            }
        }

        var loads = new List<double>();
        for (var i = 0; i < options.Loads; i++)
        {
            var reader = new CountingReader();
            var began = time.GetTimestamp();
            await store.LoadAsync(reader, cancellationToken);
            loads.Add(time.GetElapsedTime(began).TotalMilliseconds);
            if (reader.ActualLrps < options.Instances)
                throw new StoreException($"a load returned {reader.ActualLrps} of {options.Instances} instances");
        }

        var commits = options.Rows.Select(
            (rows, size) =>
            {
                times[size].Sort();
                return new CommitFigures(rows, times[size], cpu[size]);
            }
        );
        return new StoreSpeedResult(
            options,
            database.MySqlConnectionString is null ? "embedded SQLite" : "MySQL or MariaDB",
            [.. commits],
            loads
        );
    }

    private double CpuMilliseconds()
    {
        _self.Refresh();
        return _self.TotalProcessorTime.TotalMilliseconds;
    }

    /// <summary>The next instances in turn, each with a changed state.</summary>
    private CommitBatch Next(long epoch, int rows)
    {
        var upserts = new ActualLRP[rows];
        for (var i = 0; i < rows; i++)
            upserts[i] = Instance((_next + i) % options.Instances);
        _next = (_next + rows) % options.Instances;
        return new CommitBatch
        {
            Epoch = epoch,
            Revision = ++_revision,
            ActualLrps = new(upserts, []),
        };
    }

    private ActualLRP Instance(int number) =>
        RunningInstance.Row($"6f3a52b1-bench-{number / 10:x8}", number % 10, "apps", $"cell-{number % 997}", number, _revision);
}

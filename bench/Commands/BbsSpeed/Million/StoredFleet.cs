using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bench.Commands.Load;
using Scheduler.Cli.Services;
using Scheduler.Contracts.V1;

namespace Scheduler.Bench.Commands.BbsSpeed.Million;

/// <summary>
/// LRPs whose instances all run, written straight to the store as a BBS would leave them. The cells exist as rows only: their time to live
/// is longer than any run.
/// </summary>
internal sealed class StoredFleet(MillionOptions options, Action<string> progress, TimeProvider time)
{
    private const int RowsPerCommit = 5_000;

    private static readonly TimeSpan Term = TimeSpan.FromHours(1);
    private static readonly TimeSpan CellTtl = TimeSpan.FromDays(30);

    public static string ProcessGuid(int process) => string.Create(CultureInfo.InvariantCulture, $"6f3a52b1-bench-{process:x8}");

    /// <summary>Writes what is not there yet.</summary>
    /// <exception cref="StoreException">The store failed, has other LRPs, or another node leads in it.</exception>
    public async Task FillAsync(string storeUrl, CancellationToken cancellationToken)
    {
        await using var store = StoreSetup.Open(storeUrl, StorageKeys.None, time, NullLoggerFactory.Instance);
        var epoch = (await store.AcquireLeadershipAsync($"bench-{Environment.ProcessId}", "", Term, cancellationToken)).Epoch;
        if (epoch == 0)
            throw new StoreException("another node leads in this store: a benchmark needs one of its own");
        try
        {
            await store.MigrateAsync(epoch, cancellationToken);
            await FillAsync(store, epoch, cancellationToken);
        }
        finally
        {
            await store.ReleaseLeadershipAsync(epoch, CancellationToken.None);
        }
    }

    private async Task FillAsync(IBbsStore store, long epoch, CancellationToken cancellationToken)
    {
        var there = new CountingReader();
        var revision = await store.LoadAsync(there, cancellationToken);
        if ((there.DesiredLrps, there.ActualLrps) == (options.Processes, options.Rows))
        {
            progress("the store is filled already");
            return;
        }

        if (there.DesiredLrps > 0 || there.ActualLrps > 0)
            throw new StoreException(
                $"the store has {there.DesiredLrps} LRPs with {there.ActualLrps} instances: it must be empty, or filled by the same benchmark"
            );
        var work = new Work(seed: 1);
        await store.CommitAsync(
            new CommitBatch
            {
                Epoch = epoch,
                Revision = ++revision,
                Cells = new([.. Enumerable.Range(0, options.Cells).Select(Cell)], []),
                Domains = new([new DomainRow(Work.Domain, ExpiresAt: 0)], []),
            },
            cancellationToken
        );
        var perCommit = Math.Max(1, RowsPerCommit / options.InstancesPerProcess);
        var told = time.GetTimestamp();
        for (var first = 0; first < options.Processes; first += perCommit)
        {
            ++revision;
            var processes = Enumerable.Range(first, Math.Min(perCommit, options.Processes - first)).ToList();
            await store.CommitAsync(
                new CommitBatch
                {
                    Epoch = epoch,
                    Revision = revision,
                    DesiredLrps = new([.. processes.Select(process => Desired(work, process))], []),
                    ActualLrps = new([.. processes.SelectMany(process => Instances(process, revision))], []),
                },
                cancellationToken
            );
            if (time.GetElapsedTime(told) < TimeSpan.FromSeconds(5))
                continue;
            told = time.GetTimestamp();
            progress($"{(first + processes.Count) * options.InstancesPerProcess} instances stored");
        }
    }

    private CellRow Cell(int number) =>
        new(
            new CellPresence
            {
                CellId = CellId(number),
                RepAddress = "127.0.0.1:1",
                RepUrl = "http://127.0.0.1:1",
                Zone = "z1",
                Capacity = new CellCapacity
                {
                    MemoryMb = int.MaxValue,
                    DiskMb = int.MaxValue,
                    Containers = 2 * (1 + (options.Rows / options.Cells)),
                },
            },
            "bench",
            (uint)CellTtl.TotalMilliseconds
        );

    private DesiredLRP Desired(Work work, int process)
    {
        var row = work.Lrp(ProcessGuid(process), options.InstancesPerProcess);
        row.ModificationTag = new ModificationTag { Epoch = "5b1f6a52-9d3c-4b0e", Index = 0 };
        return row;
    }

    private IEnumerable<ActualLRP> Instances(int process, ulong revision)
    {
        var first = process * options.InstancesPerProcess;
        for (var index = 0; index < options.InstancesPerProcess; index++)
        {
            var number = first + index;
            yield return RunningInstance.Row(ProcessGuid(process), index, Work.Domain, CellId(number % options.Cells), number, revision);
        }
    }

    private static string CellId(int number) => string.Create(CultureInfo.InvariantCulture, $"cell-{number}");
}

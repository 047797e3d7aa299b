using Microsoft.Extensions.Logging;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Presence;
using Scheduler.Rep.Upkeep;

namespace Scheduler.Rep.Evacuation;

/// <summary>
/// Drains a cell: LRPs stop once their replacements serve, tasks run to completion, then the cell withdraws. Whatever remains at the
/// time limit is stopped and deleted.
/// </summary>
internal sealed class Evacuator(
    CellLoop cell,
    SyncLoop sync,
    PresenceLoop presence,
    RepOptions options,
    TimeProvider time,
    RepMetrics metrics,
    ILogger logger
)
{
    private static readonly TimeSpan CleanupMargin = TimeSpan.FromSeconds(5);
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the cell is empty and withdrawn: the rep can exit.</summary>
    public Task Done => _done.Task;

    /// <summary>Idempotent.</summary>
    public async Task BeginAsync()
    {
        if (!await cell.BeginEvacuationAsync())
            return;
        logger.EvacuationBegun(options.CellId);
        sync.BeginEvacuation();
        _begun.TrySetResult();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        await Waits.EndAsync(_begun.Task, cancellation);
        if (!await EmptiesWithinAsync(options.EvacuationTimeout, cancellation))
        {
            var stranded = await cell.DeleteAllAsync();
            metrics.Stranded(stranded);
            logger.EvacuationTimedOut(options.CellId, stranded);
            await EmptiesWithinAsync(options.StopDelay + options.GracefulShutdown + CleanupMargin, cancellation);
        }

        await presence.WithdrawAsync(cancellation);
        logger.EvacuationDone(options.CellId);
        _done.TrySetResult();
    }

    private async Task<bool> EmptiesWithinAsync(TimeSpan limit, CancellationToken cancellation)
    {
        var until = time.GetUtcNow() + limit;
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var revision = 0UL;
        while (!await cell.IsEmptyAsync())
        {
            var next = cell.ReadStateAsync(revision, reading.Token);
            if (!await Waits.EndsWithinAsync(next, until - time.GetUtcNow(), time, cancellation))
            {
                reading.Cancel();
                await Waits.EndAsync(next);
                return false;
            }

            var read = await next;
            revision = read.Full?.Revision ?? read.Changes[^1].Revision;
        }

        return true;
    }
}

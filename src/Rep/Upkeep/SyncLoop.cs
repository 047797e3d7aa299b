using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Reconcile;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Upkeep;

/// <summary>
/// Periodically compares all containers with the BBS and corrects differences. A list that cannot be read cancels the round.
/// </summary>
internal sealed class SyncLoop(
    CellLoop cell,
    IBbsCalls bbs,
    RepOptions options,
    Jitter jitter,
    TimeProvider time,
    RepMetrics metrics,
    ILogger logger
)
{
    private volatile TaskCompletionSource _hurry = NewSignal();
    private volatile bool _evacuating;

    /// <summary>Syncs at once, and more often from then on.</summary>
    public void BeginEvacuation()
    {
        _evacuating = true;
        Hurry();
    }

    /// <summary>
    /// Syncs at once: the BBS may have declared the cell lost, and instances started elsewhere since must not also run here.
    /// </summary>
    public void Hurry() => _hurry.TrySetResult();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await SyncOnceAsync(cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                // The BBS is unreachable: containers do not depend on it and run on.
                logger.SyncFailed(options.CellId, failure.Message);
            }

            var hurry = _hurry;
            var interval = _evacuating ? options.EvacuationSyncInterval : options.SyncInterval;
            await Waits.EndsWithinAsync(hurry.Task, jitter.Period(interval), time, cancellation);
            if (hurry.Task.IsCompleted)
                _hurry = NewSignal();
        }
    }

    public async Task SyncOnceAsync(CancellationToken cancellation)
    {
        var began = time.GetTimestamp();
        // Read the rows first: a container that appears after them does not count as missing; at worst it is reported once more.
        var rows = await Deadline.CallAsync(ended => bbs.ListLrpsAsync(options.CellId, ended), options.BbsTimeout, time, cancellation);
        var tasks = await Deadline.CallAsync(ended => bbs.ListTasksAsync(options.CellId, ended), options.BbsTimeout, time, cancellation);
        var containers = await cell.ViewAsync();
        metrics.BulkSync(time.GetElapsedTime(began));

        foreach (var repair in Reconciliation.Decide(containers, rows, tasks, _evacuating))
        {
            try
            {
                await RepairAsync(repair, cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested)
            {
                logger.RepairFailed(options.CellId, repair, failure.Message);
            }
        }
    }

    private async Task RepairAsync(Repair repair, CancellationToken cancellation)
    {
        switch (repair)
        {
            case Repair.Tell tell:
                await cell.ReportAsync(tell.ContainerGuid);
                break;
            case Repair.RemoveRow { Row: var row } when !await cell.HasAsync(row.ActualLrpInstanceKey.InstanceGuid):
                logger.RowWithoutContainer(options.CellId, row.ActualLrpInstanceKey.InstanceGuid);
                await CallAsync(
                    ended =>
                        bbs.RemoveAsync(
                            new RemoveActualLRPRequest
                            {
                                ProcessGuid = row.ActualLrpKey.ProcessGuid,
                                Index = row.ActualLrpKey.Index,
                                ActualLrpInstanceKey = row.ActualLrpInstanceKey,
                            },
                            ended
                        ),
                    cancellation
                );
                break;
            case Repair.RemoveEvacuatingRow { Row: var row } when !await cell.HasAsync(row.ActualLrpInstanceKey.InstanceGuid):
                logger.RowWithoutContainer(options.CellId, row.ActualLrpInstanceKey.InstanceGuid);
                await CallAsync(
                    ended =>
                        bbs.RemoveEvacuatingAsync(
                            new EvacuateActualLRPRequest
                            {
                                ActualLrpKey = row.ActualLrpKey,
                                ActualLrpInstanceKey = row.ActualLrpInstanceKey,
                            },
                            ended
                        ),
                    cancellation
                );
                break;
            case Repair.FailTask { TaskGuid: var guid } when !await cell.HasAsync(guid):
                logger.RowWithoutContainer(options.CellId, guid);
                await CallAsync(
                    ended =>
                        bbs.CompleteTaskAsync(
                            new CompleteTaskRequest
                            {
                                TaskGuid = guid,
                                CellId = options.CellId,
                                Failed = true,
                                FailureReason = ExitReasons.TaskContainerMissing,
                                Result = ExitReasons.TaskContainerMissing,
                            },
                            ended
                        ),
                    cancellation
                );
                break;
            default:
                // The container has appeared since; its own reports cover the rest.
                break;
        }
    }

    private Task CallAsync(Func<CancellationToken, Task> call, CancellationToken cancellation) =>
        Deadline.CallAsync(
            async ended =>
            {
                await call(ended);
                return true;
            },
            options.BbsTimeout,
            time,
            cancellation
        );

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

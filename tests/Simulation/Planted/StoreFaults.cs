using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of a store that breaks its contract.</summary>
internal static class StoreFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("epochs are not checked: any leader may commit", "store", Fencing.Rule)
        {
            Scenario = PlantedScenarios.Failovers,
            Duration = TimeSpan.FromMinutes(6),
            Plant = ForgetTheFence,
        },
        new("one commit in two hundred is acknowledged but not written", "store", Fencing.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = DropCommits,
        },
        new("one desired LRP in twenty is left out of its commit", "store", AcknowledgedWrites.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = LoseDesired,
        },
        new("one claim in fifty is written as a crash", "store", Moves.Rule) { Scenario = PlantedScenarios.Calm, Plant = CrashClaims },
        new("one completed task in ten is written as pending", "store", Moves.Rule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = SendTasksBack,
        },
        new("one crash in ten is not counted", "store", FollowedState.StreamRule)
        {
            Scenario = PlantedScenarios.Crashing,
            Plant = LoseCrashCounts,
        },
        new("a standby misses one changed row in twenty", "store", Moves.Rule)
        {
            Scenario = PlantedScenarios.Failovers,
            Duration = TimeSpan.FromMinutes(6),
            Plant = HideChanges,
        },
        new("a standby does not hear that LRPs were removed", "store", FollowedState.StreamRule)
        {
            Scenario = PlantedScenarios.Failovers,
            Duration = TimeSpan.FromMinutes(6),
            Plant = HideDeletes,
        },
    ];

    private static void ForgetTheFence(SimulatedCluster cluster) =>
        cluster.Database.Tamper = (_, batch) => Copy(batch, epoch: cluster.Database.Rows.Epoch);

    private static void DropCommits(SimulatedCluster cluster)
    {
        var isDropped = Planting.OnceIn(200);
        cluster.Database.Tamper = (_, batch) => isDropped() ? null : batch;
    }

    private static void LoseDesired(SimulatedCluster cluster)
    {
        var isLost = Planting.OnceIn(20);
        cluster.Database.Tamper = (_, batch) =>
            batch.DesiredLrps.Upserts.Count > 0 && isLost()
                ? Copy(batch, desired: batch.DesiredLrps with { Upserts = [.. batch.DesiredLrps.Upserts.Skip(1)] })
                : batch;
    }

    private static void LoseCrashCounts(SimulatedCluster cluster)
    {
        var isLost = Planting.OnceIn(10);
        cluster.Database.Tamper = (_, batch) =>
            batch.ActualLrps.Upserts.Any(row => row.CrashCount > 0) && isLost()
                ? Copy(batch, actual: batch.ActualLrps with { Upserts = [.. batch.ActualLrps.Upserts.Select(Uncounted)] })
                : batch;
    }

    private static void HideChanges(SimulatedCluster cluster)
    {
        var isHidden = Planting.OnceIn(20);
        cluster.Database.TamperChanges = changes =>
            Copy(changes, actual: changes.ActualLrps with { Upserts = [.. changes.ActualLrps.Upserts.Where(_ => !isHidden())] });
    }

    private static void HideDeletes(SimulatedCluster cluster) =>
        cluster.Database.TamperChanges = changes => Copy(changes, desired: changes.DesiredLrps with { Deletes = [] });

    private static StateChanges Copy(
        StateChanges changes,
        RowChanges<string, DesiredLRP>? desired = null,
        RowChanges<ActualLrpRowKey, ActualLRP>? actual = null
    ) =>
        new()
        {
            Revision = changes.Revision,
            DesiredLrps = desired ?? changes.DesiredLrps,
            ActualLrps = actual ?? changes.ActualLrps,
            Tasks = changes.Tasks,
            Domains = changes.Domains,
            Cells = changes.Cells,
            AbsentCells = changes.AbsentCells,
            CellLoss = changes.CellLoss,
            Locks = changes.Locks,
        };

    private static void CrashClaims(SimulatedCluster cluster)
    {
        var isWrong = Planting.OnceIn(50);
        cluster.Database.Tamper = (_, batch) =>
            Copy(
                batch,
                actual: batch.ActualLrps with
                {
                    Upserts =
                    [
                        .. batch.ActualLrps.Upserts.Select(row =>
                            row.State == ActualLrpStateNames.Claimed && isWrong() ? Crashed(row) : row
                        ),
                    ],
                }
            );
    }

    // As a crash leaves a row, so that only the transition itself is wrong.
    private static ActualLRP Crashed(ActualLRP row)
    {
        var copy = row.Clone();
        (copy.State, copy.CrashCount) = (ActualLrpStateNames.Crashed, 3);
        (copy.ActualLrpInstanceKey, copy.ActualLrpNetInfo) = (new ActualLRPInstanceKey(), new ActualLRPNetInfo());
        return copy;
    }

    private static void SendTasksBack(SimulatedCluster cluster)
    {
        var isWrong = Planting.OnceIn(10);
        cluster.Database.Tamper = (_, batch) =>
            Copy(
                batch,
                tasks: batch.Tasks with
                {
                    Upserts =
                    [
                        .. batch.Tasks.Upserts.Select(task =>
                            task.State == OneOffTask.Types.State.Completed && isWrong() ? Pending(task) : task
                        ),
                    ],
                }
            );
    }

    private static OneOffTask Pending(OneOffTask task)
    {
        var copy = task.Clone();
        copy.State = OneOffTask.Types.State.Pending;
        (copy.Failed, copy.FailureReason, copy.Result, copy.FirstCompletedAt) = (false, "", "", 0);
        return copy;
    }

    private static ActualLRP Uncounted(ActualLRP row)
    {
        var copy = row.Clone();
        copy.CrashCount = 0;
        return copy;
    }

    private static CommitBatch Copy(
        CommitBatch batch,
        long? epoch = null,
        RowChanges<string, DesiredLRP>? desired = null,
        RowChanges<ActualLrpRowKey, ActualLRP>? actual = null,
        RowChanges<string, OneOffTask>? tasks = null
    ) =>
        new()
        {
            Epoch = epoch ?? batch.Epoch,
            Revision = batch.Revision,
            DesiredLrps = desired ?? batch.DesiredLrps,
            ActualLrps = actual ?? batch.ActualLrps,
            Tasks = tasks ?? batch.Tasks,
            Domains = batch.Domains,
            Cells = batch.Cells,
            AbsentCells = batch.AbsentCells,
            CellLoss = batch.CellLoss,
            Locks = batch.Locks,
        };
}

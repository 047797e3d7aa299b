using Scheduler.Contracts.V1;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Invariants;
using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of the converger: omitted rules and misread events.</summary>
internal static class ConvergerFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("the rule for instances of a lost cell is left out", "converger", LostCells.Rule)
        {
            Scenario = PlantedScenarios.LostCells,
            Cells = 8,
            Duration = TimeSpan.FromMinutes(8),
            Plant = cluster => LeaveOut(cluster, ConvergenceCommand.CommandOneofCase.Suspect),
        },
        new("the rule for crashed instances is left out", "converger", OverdueRestarts.Rule)
        {
            Scenario = PlantedScenarios.Crashing,
            Duration = TimeSpan.FromMinutes(6),
            Plant = cluster => LeaveOut(cluster, ConvergenceCommand.CommandOneofCase.Unclaim),
        },
        new("the rule for replaced suspects is left out", "converger", ClusterRun.RestRule)
        {
            Scenario = PlantedScenarios.CutCells,
            Plant = cluster => LeaveOut(cluster, ConvergenceCommand.CommandOneofCase.RemoveSuspect),
        },
        new("the rule for unresolved tasks is left out", "converger", ClusterRun.RestRule)
        {
            Scenario = PlantedScenarios.Calm,
            Plant = cluster => LeaveOut(cluster, ConvergenceCommand.CommandOneofCase.DeleteTask),
        },
        new("the back-off is off by one crash", "converger", FollowedState.BackoffRule)
        {
            Scenario = PlantedScenarios.Crashing,
            Plant = CountOneCrashLess,
        },
    ];

    /// <summary>Makes the commands of the rule ineffective: the version that they name matches no row.</summary>
    private static void LeaveOut(SimulatedCluster cluster, ConvergenceCommand.CommandOneofCase rule) =>
        cluster.Rewrite<ApplyConvergenceRequest>(
            "bbs",
            (_, request) =>
            {
                foreach (var command in request.Commands.Where(command => command.CommandCase == rule))
                {
                    if (command.DeleteTask is { } task)
                        task.UpdatedAt = 1;
                    foreach (var version in (LRPVersion?[])[command.Suspect, command.Unclaim, command.RemoveSuspect])
                    {
                        if (version is not null)
                            version.Epoch = "none";
                    }
                }

                return request;
            }
        );

    private static void CountOneCrashLess(SimulatedCluster cluster) =>
        cluster.Rewrite<Event>(
            "converger",
            (_, next) =>
            {
                if (next.ActualLrpInstanceChanged?.After is { CrashCount: > 0 } after)
                    after.CrashCount--;
                if (next.ActualLrpInstanceCreated?.ActualLrp is { CrashCount: > 0 } row)
                    row.CrashCount--;
                return next;
            }
        );
}

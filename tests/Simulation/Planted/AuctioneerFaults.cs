using Scheduler.Contracts.V1;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Runs;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>Faults of the auctioneer that make it ignore information.</summary>
internal static class AuctioneerFaults
{
    public static IReadOnlyList<PlantedFault> All { get; } =
    [
        new("zones are ignored", "auctioneer", ClusterRun.SpreadRule)
        {
            Scenario = PlantedScenarios.Calm,
            Cells = 5,
            Plant = SeeOneZone,
        },
    ];

    private static void SeeOneZone(SimulatedCluster cluster) =>
        cluster.Rewrite<CellStateUpdate>(
            "auctioneer",
            (_, update) =>
            {
                if (update.Full is { } state)
                    state.Zone = "z1";
                return update;
            }
        );
}

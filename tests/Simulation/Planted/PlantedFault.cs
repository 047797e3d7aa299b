using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A possible fault of a component, planted into a simulated cluster from outside; the product's code never contains it.</summary>
/// <param name="Name">The fault, in one clause.</param>
/// <param name="Where">The component that behaves as if it had the fault.</param>
/// <param name="Rule">The rule that must detect it.</param>
internal sealed record PlantedFault(string Name, string Where, string Rule)
{
    public required Scenario Scenario { get; init; }

    /// <summary>Called once per cluster, so that its counters belong to one run.</summary>
    public required Action<SimulatedCluster> Plant { get; init; }

    public int Cells { get; init; } = 6;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>All planted faults, in the order of the table.</summary>
    public static IReadOnlyList<PlantedFault> All { get; } =
    [.. ConvergerFaults.All, .. BbsFaults.All, .. StoreFaults.All, .. RepFaults.All, .. AuctioneerFaults.All, .. EmitterFaults.All];
}

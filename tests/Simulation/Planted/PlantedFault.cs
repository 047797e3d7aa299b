using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A fault that a part could have had, put into a simulated cluster from outside: the product's code never holds it.</summary>
/// <param name="Name">What is wrong, in one clause.</param>
/// <param name="Where">The part that behaves as if it had the fault.</param>
/// <param name="Rule">The rule that must notice it.</param>
internal sealed record PlantedFault(string Name, string Where, string Rule)
{
    public required Scenario Scenario { get; init; }

    /// <summary>Called once per cluster, so that what it counts belongs to one run.</summary>
    public required Action<SimulatedCluster> Plant { get; init; }

    public int Cells { get; init; } = 6;

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>All there are, in the order of the table.</summary>
    public static IReadOnlyList<PlantedFault> All { get; } =
        [.. ConvergerFaults.All, .. BbsFaults.All, .. StoreFaults.All, .. RepFaults.All, .. AuctioneerFaults.All, .. EmitterFaults.All];
}

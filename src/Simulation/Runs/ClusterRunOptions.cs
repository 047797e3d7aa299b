using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Simulation.Runs;

/// <summary>Options of a run. Equal options give equal runs, event by event.</summary>
internal sealed record ClusterRunOptions
{
    public const int MaxCells = 1_000;
    public const int MaxMinutes = 24 * 60;

    public required Scenario Scenario { get; init; }

    public ulong Seed { get; init; } = 1;

    public int Cells { get; init; } = 10;

    public int Zones { get; init; } = 3;

    /// <summary>Duration of load and faults, without the time for healing and settling.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Whether to stop at the first violation instead of collecting more.</summary>
    public bool StopAtFirstViolation { get; init; } = true;

    /// <summary>Plants a fault in the cluster to check that it is detected. For tests only.</summary>
    public Action<SimulatedCluster>? Plant { get; init; }
}

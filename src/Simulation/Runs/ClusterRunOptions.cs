using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Simulation.Runs;

/// <summary>What to run. The same values give the same run, event by event.</summary>
internal sealed record ClusterRunOptions
{
    public const int MaxCells = 1_000;
    public const int MaxMinutes = 24 * 60;

    public required Scenario Scenario { get; init; }

    public ulong Seed { get; init; } = 1;

    public int Cells { get; init; } = 10;

    public int Zones { get; init; } = 3;

    /// <summary>Of load and faults; healing and rest come on top.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Whether to end at the first rule that does not hold, rather than to go on and collect.</summary>
    public bool StopAtFirstViolation { get; init; } = true;

    /// <summary>Makes a part of the cluster faulty, to see that it is noticed. Only tests do that.</summary>
    public Action<SimulatedCluster>? Plant { get; init; }
}

using Scheduler.Simulation.Invariants;

namespace Scheduler.Simulation.Runs;

/// <summary>Result of one run.</summary>
internal sealed record ClusterRunResult
{
    public required ulong Seed { get; init; }

    public required string Scenario { get; init; }

    /// <summary>Hash of all events in order.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>The first violations.</summary>
    public required IReadOnlyList<Violation> Violations { get; init; }

    public required long ViolationCount { get; init; }

    /// <summary>Steps of processes, arrivals of messages, timers.</summary>
    public required long Events { get; init; }

    public required long Messages { get; init; }

    public required long Commits { get; init; }

    public required long Faults { get; init; }

    /// <summary>Writes acknowledged to clients.</summary>
    public required int Acknowledged { get; init; }

    /// <summary>How often a follower's rows were compared with the database's.</summary>
    public required long Compared { get; init; }

    public required TimeSpan VirtualTime { get; init; }

    public required TimeSpan RealTime { get; init; }
}

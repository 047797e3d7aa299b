namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>Measured speed of a benchmark run, and quality of its placements.</summary>
public sealed record AuctionBenchResult
{
    public required int Cells { get; init; }
    public required int Lrps { get; init; }
    public required int Processes { get; init; }
    public required int Zones { get; init; }
    public required ulong Seed { get; init; }
    public required int Prefill { get; init; }
    public required int ConstraintSets { get; init; }

    /// <summary>Decisions including reservation, on one thread, with the whole batch timed at once.</summary>
    public required double DecisionsPerSecond { get; init; }

    /// <summary>Of single decisions, each timed separately in a second pass; includes the cost of reading the clock.</summary>
    public required double P50Ns { get; init; }

    public required double P99Ns { get; init; }
    public required double P999Ns { get; init; }
    public required double AllocatedBytesPerDecision { get; init; }

    /// <summary>Time to sort the whole batch into Diego's order, before the first decision.</summary>
    public required double OrderMs { get; init; }

    /// <summary>Of the used fraction of memory over cells, without prefill.</summary>
    public required double MemoryUsedStddev { get; init; }

    public required double MemoryUsedMaxMinusMin { get; init; }

    /// <summary>Processes whose instances in their fullest and emptiest zone differ by more than one.</summary>
    public required int ProcessesUnevenOverZones { get; init; }

    public required int MaxSameProcessOnCell { get; init; }
    public required int Failed { get; init; }
}

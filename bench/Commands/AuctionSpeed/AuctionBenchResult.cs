namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>What a bench run measured, and how good its placements are.</summary>
public sealed record AuctionBenchResult
{
    public required int Cells { get; init; }
    public required int Lrps { get; init; }
    public required int Processes { get; init; }
    public required int Zones { get; init; }
    public required ulong Seed { get; init; }
    public required int Prefill { get; init; }
    public required int ConstraintSets { get; init; }

    /// <summary>Decide and reserve, one thread, the whole batch timed as one.</summary>
    public required double DecisionsPerSecond { get; init; }

    /// <summary>Of single decisions, each timed by itself in a second pass; holds the cost of reading the clock.</summary>
    public required double P50Ns { get; init; }

    public required double P99Ns { get; init; }
    public required double P999Ns { get; init; }
    public required double AllocatedBytesPerDecision { get; init; }

    /// <summary>Putting the whole batch into Diego's order, before the first decision.</summary>
    public required double OrderMs { get; init; }

    /// <summary>Of the used fraction of memory over cells, prefill left out.</summary>
    public required double MemoryUsedStddev { get; init; }

    public required double MemoryUsedMaxMinusMin { get; init; }

    /// <summary>Processes whose instances in their fullest and emptiest zone differ by more than one.</summary>
    public required int ProcessesUnevenOverZones { get; init; }

    public required int MaxSameProcessOnCell { get; init; }
    public required int Failed { get; init; }
}

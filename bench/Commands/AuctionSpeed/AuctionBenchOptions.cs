using Scheduler.Models;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>The size of the auction to measure. The same values give the same work and the same placements.</summary>
public sealed record AuctionBenchOptions
{
    public int Cells { get; init; } = 1_000;
    public int Lrps { get; init; } = 100_000;
    public int Processes { get; init; } = 10_000;
    public int Zones { get; init; } = 3;
    public ulong Seed { get; init; } = 1;

    /// <summary>What each cell has for the measured work, in MB.</summary>
    public int CellMemoryMb { get; init; } = 32_768;

    /// <summary>
    /// LRPs of other processes that each cell runs before the auction. They leave free amounts as they are, so that the
    /// same decisions are made with and without them and only their number is what differs.
    /// </summary>
    public int PrefillPerCell { get; init; }

    /// <summary>
    /// How many distinct constraint sets the processes use. Above 1, cells are of eight kinds (stacks, volume drivers,
    /// optional tags) and each set admits a part of them.
    /// </summary>
    public int ConstraintSets { get; init; } = 1;

    /// <summary>The rule that a value breaks, or null.</summary>
    public DomainError? Validate()
    {
        if (Cells is < 1 or > 1_000_000) return DomainError.Invalid("--cells", "must be from 1 to 1000000");
        if (Lrps is < 1 or > 100_000_000) return DomainError.Invalid("--lrps", "must be from 1 to 100000000");
        if (Processes < 1 || Processes > Lrps) return DomainError.Invalid("--processes", "must be from 1 to --lrps");
        if (Zones < 1 || Zones > Cells) return DomainError.Invalid("--zones", "must be from 1 to --cells");
        if (CellMemoryMb is < 1 or > 100_000_000) return DomainError.Invalid("--cell-memory", "must be from 1 to 100000000");
        if (PrefillPerCell is < 0 or > 10_000) return DomainError.Invalid("--prefill", "must be from 0 to 10000");
        if (ConstraintSets is < 1 or > 100_000) return DomainError.Invalid("--constraint-sets", "must be from 1 to 100000");
        return null;
    }
}

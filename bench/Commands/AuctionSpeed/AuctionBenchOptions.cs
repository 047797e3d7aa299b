using Scheduler.Models;

namespace Scheduler.Bench.Commands.AuctionSpeed;

/// <summary>The size of the auction to measure. Equal options give equal work and equal placements.</summary>
public sealed record AuctionBenchOptions
{
    public int Cells { get; init; } = 1_000;
    public int Lrps { get; init; } = 100_000;
    public int Processes { get; init; } = 10_000;
    public int Zones { get; init; } = 3;
    public ulong Seed { get; init; } = 1;

    /// <summary>Memory of each cell for the measured work, in MB.</summary>
    public int CellMemoryMb { get; init; } = 32_768;

    /// <summary>
    /// LRPs of other processes that run on each cell before the auction. They do not change the free resources, so the decisions are the
    /// same with and without them and only their number differs.
    /// </summary>
    public int PrefillPerCell { get; init; }

    /// <summary>
    /// Number of distinct constraint sets of the processes. Above 1, cells are of eight kinds (stacks, volume drivers, optional tags), and
    /// each set admits some of them.
    /// </summary>
    public int ConstraintSets { get; init; } = 1;

    /// <summary>The first violation, or null.</summary>
    public DomainError? Validate()
    {
        if (Cells is < 1 or > 1_000_000)
            return DomainError.Invalid("--cells", "must be from 1 to 1000000");
        if (Lrps is < 1 or > 100_000_000)
            return DomainError.Invalid("--lrps", "must be from 1 to 100000000");
        if (Processes < 1 || Processes > Lrps)
            return DomainError.Invalid("--processes", "must be from 1 to --lrps");
        if (Zones < 1 || Zones > Cells)
            return DomainError.Invalid("--zones", "must be from 1 to --cells");
        if (CellMemoryMb is < 1 or > 100_000_000)
            return DomainError.Invalid("--cell-memory", "must be from 1 to 100000000");
        if (PrefillPerCell is < 0 or > 10_000)
            return DomainError.Invalid("--prefill", "must be from 0 to 10000");
        if (ConstraintSets is < 1 or > 100_000)
            return DomainError.Invalid("--constraint-sets", "must be from 1 to 100000");
        return null;
    }
}

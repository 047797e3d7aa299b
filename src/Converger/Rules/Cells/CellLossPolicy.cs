namespace Scheduler.Converger.Rules.Cells;

/// <summary>Policy for giving up cells. The defaults prefer a late replacement to a wrong one only when many cells are affected.</summary>
internal sealed record CellLossPolicy
{
    public static readonly CellLossPolicy Default = new();

    /// <summary>
    /// Losses are paced when more than this share of the cells disappears within <see cref="Window"/>: a network or a registry fails more
    /// often than a fifth of a fleet does at once.
    /// </summary>
    public double PacedAboveShare { get; init; } = 0.20;

    /// <summary>
    /// Fewer cells than this never count as many, whatever their share: in a fleet of three, one dead cell is just a dead cell.
    /// </summary>
    public int PacedFromCells { get; init; } = 2;

    /// <summary>
    /// Window within which losses count as simultaneous. Presences that end together expire over one TTL (15 s), so it must be longer than
    /// that.
    /// </summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// From this many cells within <see cref="Window"/>, none is given up until <see cref="Settle"/> has shown how many disappear.
    /// Presences that end together expire one by one, and the first fifth of a mass loss must not go unpaced. Fewer cells cost the store
    /// little.
    /// </summary>
    public int SettleFromCells { get; init; } = 10;

    /// <summary>Cells that die at the same moment were last heard from up to one renewal interval (5 s) apart.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Cells given up per second while losses are paced. At up to 250 containers a cell, one per second keeps the store's load within that
    /// of a deploy.
    /// </summary>
    public double PacedCellsPerSecond { get; init; } = 1;

    /// <summary>
    /// After a new snapshot (this converger or another BBS has just become active), a cell missing from it has this long to announce
    /// itself: one TTL (15 s) plus one renewal interval (5 s).
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>While no cell is present, none is given up for this long: nothing could be placed anyway.</summary>
    public TimeSpan HoldWithoutCells { get; init; } = TimeSpan.FromMinutes(5);
}

namespace Scheduler.Converger.Rules.Cells;

/// <summary>How readily cells are given up. The defaults prefer a late replacement to a wrong one only where many cells are concerned.</summary>
internal sealed record CellLossPolicy
{
    public static readonly CellLossPolicy Default = new();

    /// <summary>
    /// When more than this share of the cells goes within <see cref="Window"/>, losses are paced: more often than a fifth
    /// of a fleet dies at once, a network or a registry does.
    /// </summary>
    public double PacedAboveShare { get; init; } = 0.20;

    /// <summary>Fewer than this many are never "many at once", whatever their share: in a fleet of three, one dead cell is a dead cell.</summary>
    public int PacedFromCells { get; init; } = 2;

    /// <summary>What counts as "at once". Presences that end together expire over one TTL (15 s), so it must be longer than that.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// From so many cells within <see cref="Window"/> on, nothing is given up before <see cref="Settle"/> has shown how many go: presences
    /// that end together expire one by one, and the first fifth of a mass loss should not go unpaced. Fewer cost the store little.
    /// </summary>
    public int SettleFromCells { get; init; } = 10;

    /// <summary>Cells that die at the same moment were last heard up to one renewal (5 s) apart.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Cells given up per second while losses are paced. At up to 250 containers a cell, one keeps the store's load within that of a deploy.</summary>
    public double PacedCellsPerSecond { get; init; } = 1;

    /// <summary>
    /// After a new snapshot (this converger or another BBS has just become active), a cell that is missing from it has this
    /// long to announce itself: one TTL (15 s) plus one renewal (5 s).
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>With no cell present at all nothing could be placed anyway, so nothing is given up for this long.</summary>
    public TimeSpan HoldWithoutCells { get; init; } = TimeSpan.FromMinutes(5);
}

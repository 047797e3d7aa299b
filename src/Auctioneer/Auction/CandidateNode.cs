namespace Scheduler.Auctioneer.Auction;

/// <summary>What a subtree of candidates can offer; 32 bytes, so that two siblings share a cache line.</summary>
internal struct CandidateNode
{
    /// <summary>The lowest standing (<see cref="CellScore.Standing"/>) below; +∞ when there is no cell.</summary>
    public double Standing;

    /// <summary>A lower bound for the standing of every cell below that does not score like <see cref="Best"/>.</summary>
    public double NextStanding;

    /// <summary>The cell with the lowest standing, the first of the fleet's order among those that score alike; −1 for none.</summary>
    public int Best;

    public int MaxFreeMemoryMb;
    public int MaxFreeDiskMb;
    public int MaxFreeContainers;

    public static CandidateNode Empty => new()
    {
        Standing = double.PositiveInfinity,
        NextStanding = double.PositiveInfinity,
        Best = -1,
        MaxFreeMemoryMb = int.MinValue,
        MaxFreeDiskMb = int.MinValue,
        MaxFreeContainers = int.MinValue,
    };
}

/// <summary>Times the ask, the least that it can add to a standing in a subtree: a third of one over the largest total there.</summary>
internal struct AskCost
{
    public double PerMemoryMb;
    public double PerDiskMb;
    public double PerContainer;

    public readonly double Of(long memoryMb, long diskMb) => memoryMb * PerMemoryMb + diskMb * PerDiskMb + PerContainer;

    public static AskCost Empty => new() { PerMemoryMb = 1, PerDiskMb = 1, PerContainer = 1 };

    public static AskCost In(in CellRow cell) => new()
    {
        PerMemoryMb = 1 / (3.0 * cell.TotalMemoryMb),
        PerDiskMb = 1 / (3.0 * cell.TotalDiskMb),
        PerContainer = 1 / (3.0 * cell.TotalContainers),
    };

    public static AskCost Least(in AskCost a, in AskCost b) => new()
    {
        PerMemoryMb = Math.Min(a.PerMemoryMb, b.PerMemoryMb),
        PerDiskMb = Math.Min(a.PerDiskMb, b.PerDiskMb),
        PerContainer = Math.Min(a.PerContainer, b.PerContainer),
    };
}

/// <summary>The best cell found so far by one decision.</summary>
internal struct Bid
{
    public double Score;
    public long Order;
    public int Cell;

    public static Bid None => new() { Score = double.PositiveInfinity, Order = long.MaxValue, Cell = -1 };

    /// <summary>Takes the cell when it scores lower, or the same and stands before in the fleet's order.</summary>
    public void Offer(double score, in CellRow row, int cell)
    {
        if (score > Score || (score == Score && row.Order >= Order)) return;
        Score = score;
        Order = row.Order;
        Cell = cell;
    }
}

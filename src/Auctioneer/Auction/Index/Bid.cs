using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>The best cell found so far by one decision.</summary>
internal struct Bid
{
    public double Score;
    public long Order;
    public int Cell;

    public static Bid None => new() { Score = double.PositiveInfinity, Order = long.MaxValue, Cell = -1 };

    /// <summary>Above this, a lower bound of a score says that the cell cannot win, rounding in its favour included.</summary>
    public readonly double Hopeless => Score + CellScore.Slack(Score);

    /// <summary>Whether the score is lower, or the same on a cell that stands before in the fleet's order.</summary>
    public readonly bool Accepts(double score, in CellRow row) => score < Score || (score == Score && row.Order < Order);

    public void Take(double score, in CellRow row, int cell)
    {
        Score = score;
        Order = row.Order;
        Cell = cell;
    }
}

using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>The best cell found so far in one decision.</summary>
internal struct Bid
{
    public double Score;
    public long Order;
    public int Cell;

    public static Bid None =>
        new()
        {
            Score = double.PositiveInfinity,
            Order = long.MaxValue,
            Cell = -1,
        };

    /// <summary>A cell whose lower score bound is above this cannot win, even with rounding in its favour.</summary>
    public readonly double Hopeless => Score + CellScore.Slack(Score);

    /// <summary>Whether the score is lower, or equal on a cell earlier in fleet order.</summary>
    public readonly bool Accepts(double score, in CellRow row) => score < Score || (score == Score && row.Order < Order);

    public void Take(double score, in CellRow row, int cell)
    {
        Score = score;
        Order = row.Order;
        Cell = cell;
    }
}

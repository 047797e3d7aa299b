using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>Diego's score, with the operations in Diego's order so that results agree to the bit. The lowest score wins.</summary>
internal static class CellScore
{
    /// <summary>
    /// Weight of each instance of the same process (for a task: each task) on the cell, so that spreading takes precedence over filling.
    /// </summary>
    public const int LocalityOffset = 1000;

    /// <param name="memoryMb">Memory that the work takes there, including proxy memory.</param>
    public static double ForLrp(in CellRow cell, long memoryMb, long diskMb, int sameProcess, AuctionRules rules) =>
        Resource(cell, memoryMb, diskMb, 1) + Starting(cell, rules) + Locality(sameProcess) + Index(cell, rules);

    public static double ForTask(in CellRow cell, long memoryMb, long diskMb, AuctionRules rules) =>
        Resource(cell, memoryMb, diskMb, 1) + Starting(cell, rules) + Locality(cell.Tasks);

    /// <summary>
    /// The part of the score that does not depend on the ask. Cells with the same totals have the same order by standing as by score,
    /// except for rounding.
    /// </summary>
    public static double Standing(in CellRow cell, bool forTasks, AuctionRules rules) =>
        Resource(cell, 0, 0, 0) + Starting(cell, rules) + (forTasks ? Locality(cell.Tasks) : Index(cell, rules));

    /// <summary>The mean of the used fractions of memory, disk and containers after placing the ask.</summary>
    public static double Resource(in CellRow cell, long memoryMb, long diskMb, long containers)
    {
        var memory = 1.0 - (double)(cell.FreeMemoryMb - memoryMb) / cell.TotalMemoryMb;
        var disk = 1.0 - (double)(cell.FreeDiskMb - diskMb) / cell.TotalDiskMb;
        var slots = 1.0 - (double)(cell.FreeContainers - containers) / cell.TotalContainers;
        return (memory + disk + slots) / 3.0;
    }

    public static double Starting(in CellRow cell, AuctionRules rules) => cell.Starting * rules.StartingContainerWeight;

    public static double Locality(int instances) => (double)((long)LocalityOffset * instances);

    public static double Index(in CellRow cell, AuctionRules rules) => cell.Rank * rules.BinPackFirstFitWeight;

    /// <summary>
    /// More than the rounding difference between two evaluations of the same score: each is a dozen operations, each off by at most 2⁻⁵³ of
    /// a value no larger than the score or 3.
    /// </summary>
    public static double Slack(double score) => 1e-14 * (1 + Math.Abs(score));
}

using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// Lower bound of what an ask adds to the standing of the cells: for each resource, a third of the ask divided by the largest total.
/// </summary>
internal struct AskCost
{
    public double PerMemoryMb;
    public double PerDiskMb;
    public double PerContainer;

    public static AskCost Unknown =>
        new()
        {
            PerMemoryMb = double.PositiveInfinity,
            PerDiskMb = double.PositiveInfinity,
            PerContainer = double.PositiveInfinity,
        };

    public readonly double Of(long memoryMb, long diskMb) => memoryMb * PerMemoryMb + diskMb * PerDiskMb + PerContainer;

    public void Admit(in CellRow cell)
    {
        PerMemoryMb = Math.Min(PerMemoryMb, 1 / (3.0 * cell.TotalMemoryMb));
        PerDiskMb = Math.Min(PerDiskMb, 1 / (3.0 * cell.TotalDiskMb));
        PerContainer = Math.Min(PerContainer, 1 / (3.0 * cell.TotalContainers));
    }
}

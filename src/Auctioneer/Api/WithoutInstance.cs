using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Api;

/// <summary>
/// Takes a piece of work off its cell in a copy of the fleet. What is asked of work that is placed is why it is there, and it
/// must not stand in its own way: its cell would pay for its room, its start and its company.
/// </summary>
internal static class WithoutInstance
{
    /// <returns>False when the cell's report does not hold the work, so that there is nothing to take off.</returns>
    /// <param name="isStarting">Whether it counts as starting there.</param>
    public static bool TryMake(AuctionEngine fork, CellId cell, in PlacementAsk ask, bool isStarting)
    {
        if (fork.Reports().FirstOrDefault(report => report.Cell == cell) is not { } report)
            return false;
        var (guid, isLrp) = (ask.Guid, ask.Kind == WorkKind.Lrp);
        var instances = report.Processes.FirstOrDefault(process => process.ProcessGuid == guid).Count;
        if (isLrp ? instances == 0 : report.Tasks == 0)
            return false;
        var memoryMb = isLrp && ask.MemoryMb > 0 ? ask.MemoryMb + report.ProxyMemoryMb : ask.MemoryMb;
        var change = new CellChange
        {
            Cell = cell,
            Incarnation = report.Incarnation,
            PreviousRevision = report.Revision,
            Revision = report.Revision + 1,
            Available = new Resources(
                Math.Min(report.Total.MemoryMb, report.Available.MemoryMb + memoryMb),
                Math.Min(report.Total.DiskMb, report.Available.DiskMb + ask.DiskMb),
                Math.Min(report.Total.Containers, report.Available.Containers + 1)),
            StartingContainerCount = Math.Max(0, report.StartingContainerCount - (isStarting ? 1 : 0)),
            Tasks = report.Tasks - (isLrp ? 0 : 1),
            Evacuating = report.Evacuating,
            Healthy = report.Healthy,
            Processes = isLrp ? [new ProcessCount(guid, instances - 1)] : [],
        };
        return fork.Apply(change) is null;
    }
}

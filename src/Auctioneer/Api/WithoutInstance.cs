using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Api;

/// <summary>
/// Removal of a piece of work from its cell in a copy of the fleet. An explanation of placed work asks why it is there, so the work must
/// not compete with itself: its own cell would be charged for its resources, its start and its locality.
/// </summary>
internal static class WithoutInstance
{
    /// <returns>False if the cell's report does not contain the work, so that there is nothing to remove.</returns>
    /// <param name="isStarting">Whether the work counts as starting there.</param>
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
                Math.Min(report.Total.Containers, report.Available.Containers + 1)
            ),
            StartingContainerCount = Math.Max(0, report.StartingContainerCount - (isStarting ? 1 : 0)),
            Tasks = report.Tasks - (isLrp ? 0 : 1),
            Evacuating = report.Evacuating,
            Healthy = report.Healthy,
            Processes = isLrp ? [new ProcessCount(guid, instances - 1)] : [],
        };
        return fork.Apply(change) is null;
    }
}

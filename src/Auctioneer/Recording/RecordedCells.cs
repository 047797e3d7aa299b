using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Converter from a recorded cell to the report that such a cell would make.</summary>
internal static class RecordedCells
{
    private const string Anything = "*";

    public static CellReport ToReport(RecordedCell cell) =>
        new()
        {
            Cell = new CellId(cell.CellId),
            Zone = cell.Zone,
            Index = cell.CellIndex,
            Total = ToResources(cell.Total),
            Available = ToResources(cell.Available),
            StartingContainerCount = cell.StartingContainerCount,
            ProxyMemoryMb = cell.ProxyMemoryAllocationMb,
            Tasks = cell.Tasks.Count,
            RootFsProviders =
            [
                .. cell.RootfsProviders.Select(provider => new RootFsProvider(
                    provider.Key,
                    provider.Value.Contains(Anything) ? null : provider.Value
                )),
            ],
            PlacementTags = cell.PlacementTags ?? [],
            OptionalPlacementTags = cell.OptionalPlacementTags ?? [],
            VolumeDrivers = cell.VolumeDrivers ?? [],
            Processes =
            [
                .. cell.Lrps.GroupBy(lrp => lrp.ProcessGuid ?? "").Select(process => new ProcessCount(process.Key, process.Count())),
            ],
        };

    private static Resources ToResources(RecordedResources resources) => new(resources.MemoryMb, resources.DiskMb, resources.Containers);
}

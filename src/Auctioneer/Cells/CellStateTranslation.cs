using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Cells;

/// <summary>Translation of a cell's state messages into the auction's terms.</summary>
internal static class CellStateTranslation
{
    public static CellReport ToReport(CellState state) =>
        new()
        {
            Cell = new CellId(state.CellId),
            Incarnation = state.Incarnation,
            Revision = checked((long)state.Revision),
            Zone = state.Zone,
            Index = state.CellIndex,
            Total = ToResources(state.Total),
            Available = ToResources(state.Available),
            StartingContainerCount = state.StartingContainerCount,
            ProxyMemoryMb = state.ProxyMemoryAllocationMb,
            Tasks = state.Work.Count(work => work.IsTask),
            Evacuating = state.Evacuating,
            Healthy = state.Healthy,
            RootFsProviders = [.. state.RootfsProviders.Select(ToProvider)],
            PlacementTags = [.. state.PlacementTags],
            OptionalPlacementTags = [.. state.OptionalPlacementTags],
            VolumeDrivers = [.. state.VolumeDrivers],
            Privileges = [.. state.Privileges],
            Processes =
            [
                .. state
                    .Work.Where(work => !work.IsTask)
                    .GroupBy(work => work.ProcessGuid)
                    .Select(process => new ProcessCount(process.Key, process.Count())),
            ],
        };

    public static string AuctionIdOf(CellWork work) =>
        work.IsTask ? work.ContainerGuid : new LrpKey(work.ProcessGuid, work.Index).ToString();

    public static Resources ToResources(CellResources? resources) =>
        resources is null ? default : new Resources(resources.MemoryMb, resources.DiskMb, resources.Containers);

    private static RootFsProvider ToProvider(Provider provider) =>
        new(provider.Name, provider.Properties.Count == 0 ? null : [.. provider.Properties]);
}

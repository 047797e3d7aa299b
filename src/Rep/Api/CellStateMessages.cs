using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Presence;

namespace Scheduler.Rep.Api;

/// <summary>Converts a cell's state to the contract's messages.</summary>
internal static class CellStateMessages
{
    public static CellState ToMessage(LedgerSnapshot cell, long incarnation)
    {
        var state = new CellState
        {
            Revision = cell.Revision,
            Incarnation = incarnation,
            CellId = cell.Profile.CellId.Value,
            RepUrl = cell.Profile.RepUrl,
            CellIndex = cell.Profile.CellIndex,
            Zone = cell.Profile.Zone,
            Available = ToMessage(cell.Available),
            Total = ToMessage(cell.Profile.Total),
            StartingContainerCount = cell.StartingCount,
            Evacuating = cell.Evacuating,
            Healthy = cell.Healthy,
            ProxyMemoryAllocationMb = cell.Profile.ProxyMemoryMb,
        };
        state.RootfsProviders.Add(RootFsProviders.Of(cell.Profile));
        state.Work.Add(cell.Allocations.Select(ToMessage));
        state.VolumeDrivers.Add(cell.Profile.VolumeDrivers);
        state.Privileges.Add(cell.Profile.Privileges);
        state.PlacementTags.Add(cell.Profile.PlacementTags);
        state.OptionalPlacementTags.Add(cell.Profile.OptionalPlacementTags);
        return state;
    }

    public static CellStateChange ToMessage(LedgerChange change, long incarnation)
    {
        var message = new CellStateChange
        {
            Revision = change.Revision,
            PreviousRevision = change.Revision - 1,
            Incarnation = incarnation,
            Available = ToMessage(change.Available),
            StartingContainerCount = change.StartingCount,
            Evacuating = change.Evacuating,
            Healthy = change.Healthy,
        };
        message.Upserted.Add(change.Upserted.Select(ToMessage));
        message.RemovedContainerGuids.Add(change.Removed);
        return message;
    }

    private static CellResources ToMessage(Resources resources) =>
        new()
        {
            MemoryMb = resources.MemoryMb,
            DiskMb = resources.DiskMb,
            Containers = resources.Containers,
        };

    private static CellWork ToMessage(Allocation allocation)
    {
        var demand = new WorkDemand
        {
            RootFs = allocation.Demand.RootFs,
            MemoryMb = allocation.Demand.MemoryMb,
            DiskMb = allocation.Demand.DiskMb,
            MaxPids = allocation.Demand.MaxPids,
        };
        demand.PlacementTags.Add(allocation.Demand.PlacementTags);
        demand.VolumeDrivers.Add(allocation.Demand.VolumeDrivers);
        demand.Privileges.Add(allocation.Demand.Privileges);
        return new CellWork
        {
            ContainerGuid = allocation.ContainerGuid,
            IsTask = allocation.IsTask,
            ProcessGuid = allocation.ProcessGuid,
            Index = allocation.Index,
            Domain = allocation.Domain,
            Demand = demand,
            State = allocation.State switch
            {
                AllocationState.Claimed => CellWork.Types.State.Claimed,
                AllocationState.Running => CellWork.Types.State.Running,
                AllocationState.Shutdown => CellWork.Types.State.Shutdown,
                AllocationState.Crashed => CellWork.Types.State.Crashed,
            },
        };
    }
}

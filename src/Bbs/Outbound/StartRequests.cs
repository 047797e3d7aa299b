using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Outbound;

/// <summary>Requests for what still waits for a cell.</summary>
internal static class StartRequests
{
    /// <param name="slots">Sorted, so that the indices of a process lie together.</param>
    public static LRPAuctionsRequest Of(BbsState state, List<LrpKey> slots)
    {
        var request = new LRPAuctionsRequest();
        LRPStartRequest? current = null;
        foreach (var slot in slots)
        {
            if (state.Find(new ActualLrpRowKey(slot.ProcessGuid, slot.Index, LrpPresence.Ordinary))?.State != ActualLrpStateNames.Unclaimed) continue;
            if (!state.DesiredLrps.TryGetValue(slot.ProcessGuid, out var lrp) || slot.Index >= lrp.Instances) continue;
            if (current?.ProcessGuid != slot.ProcessGuid)
            {
                current = new LRPStartRequest { ProcessGuid = lrp.ProcessGuid, Domain = lrp.Domain, Demand = DemandOf(lrp) };
                request.Requests.Add(current);
            }
            current.Indices.Add(slot.Index);
        }
        return request;
    }

    public static TaskAuctionsRequest Of(BbsState state, List<string> taskGuids)
    {
        var request = new TaskAuctionsRequest();
        foreach (var guid in taskGuids)
        {
            if (!state.Tasks.TryGetValue(guid, out var task) || task.State != OneOffTask.Types.State.Pending) continue;
            request.Requests.Add(new TaskStartRequest { TaskGuid = guid, Domain = task.Domain, Demand = DemandOf(task.TaskDefinition) });
        }
        return request;
    }

    private static WorkDemand DemandOf(DesiredLRP lrp)
    {
        var demand = new WorkDemand { RootFs = lrp.RootFs, MemoryMb = lrp.MemoryMb, DiskMb = lrp.DiskMb, MaxPids = lrp.MaxPids };
        demand.PlacementTags.AddRange(lrp.PlacementTags);
        foreach (var mount in lrp.VolumeMounts) demand.VolumeDrivers.Add(mount.Driver);
        return demand;
    }

    private static WorkDemand DemandOf(TaskDefinition task)
    {
        var demand = new WorkDemand { RootFs = task.RootFs, MemoryMb = task.MemoryMb, DiskMb = task.DiskMb, MaxPids = task.MaxPids };
        demand.PlacementTags.AddRange(task.PlacementTags);
        foreach (var mount in task.VolumeMounts) demand.VolumeDrivers.Add(mount.Driver);
        return demand;
    }
}

using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.Work;

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
                current = new LRPStartRequest { ProcessGuid = lrp.ProcessGuid, Domain = lrp.Domain, Demand = WorkDemands.Of(lrp) };
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
            request.Requests.Add(new TaskStartRequest { TaskGuid = guid, Domain = task.Domain, Demand = WorkDemands.Of(task.TaskDefinition) });
        }
        return request;
    }
}

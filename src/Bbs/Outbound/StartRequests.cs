using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Contracts.Work;

namespace Scheduler.Bbs.Outbound;

/// <summary>Builds auction requests for slots that still need a cell.</summary>
internal static class StartRequests
{
    /// <summary>
    /// Whether the instance has crashed before. Restarts are kept apart so that first starts of others do not wait for them.
    /// </summary>
    public static bool IsRestart(ActualLRP row) => row.CrashCount > 0;

    /// <summary>Builds one request for each process's first starts, and one for its restarts after crashes.</summary>
    public static LRPAuctionsRequest Of(BbsState state, List<LrpKey> slots)
    {
        var request = new LRPAuctionsRequest();
        var parts = new Dictionary<(string ProcessGuid, bool Restart), LRPStartRequest>();
        foreach (var slot in slots)
        {
            if (
                state.Find(new ActualLrpRowKey(slot.ProcessGuid, slot.Index, LrpPresence.Ordinary))
                is not { State: ActualLrpStateNames.Unclaimed } row
            )
                continue;
            if (!state.DesiredLrps.TryGetValue(slot.ProcessGuid, out var lrp) || slot.Index >= lrp.Instances)
                continue;
            var restart = IsRestart(row);
            if (!parts.TryGetValue((slot.ProcessGuid, restart), out var part))
            {
                part = new LRPStartRequest
                {
                    ProcessGuid = lrp.ProcessGuid,
                    Domain = lrp.Domain,
                    Demand = WorkDemands.Of(lrp),
                    Restart = restart,
                };
                parts.Add((slot.ProcessGuid, restart), part);
                request.Requests.Add(part);
            }
            part.Indices.Add(slot.Index);
        }
        return request;
    }

    public static TaskAuctionsRequest Of(BbsState state, List<string> taskGuids)
    {
        var request = new TaskAuctionsRequest();
        foreach (var guid in taskGuids)
        {
            if (!state.Tasks.TryGetValue(guid, out var task) || task.State != OneOffTask.Types.State.Pending)
                continue;
            request.Requests.Add(
                new TaskStartRequest
                {
                    TaskGuid = guid,
                    Domain = task.Domain,
                    Demand = WorkDemands.Of(task.TaskDefinition),
                }
            );
        }
        return request;
    }
}

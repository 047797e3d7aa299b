using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Cells;

/// <summary>Conversion of work between contract messages and the auction's terms.</summary>
internal static class WorkRequests
{
    public static PerformWorkRequest ToRequest(CellId cell, IReadOnlyList<WorkItem> work)
    {
        var request = new PerformWorkRequest { CellId = cell.Value };
        foreach (var item in work)
        {
            if (item.Kind == WorkKind.Lrp)
            {
                var key = new ActualLRPKey
                {
                    ProcessGuid = item.Guid,
                    Index = item.Index,
                    Domain = item.Domain,
                };
                request.Lrps.Add(new LRPWork { ActualLrpKey = key, Demand = ToDemand(item) });
            }
            else
            {
                request.Tasks.Add(
                    new TaskWork
                    {
                        TaskGuid = item.Guid,
                        Domain = item.Domain,
                        Demand = ToDemand(item),
                    }
                );
            }
        }

        return request;
    }

    /// <returns>Reasons by auction id.</returns>
    public static IReadOnlyDictionary<string, string> RefusalsOf(PerformWorkResponse response)
    {
        var refusals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var refusal in response.RefusedLrps)
            refusals[new LrpKey(refusal.ActualLrpKey.ProcessGuid, refusal.ActualLrpKey.Index).ToString()] = refusal.Reason;
        foreach (var refusal in response.RefusedTasks)
            refusals[refusal.TaskGuid] = refusal.Reason;
        return refusals;
    }

    /// <summary>One item per index.</summary>
    public static IEnumerable<WorkItem> FromRequest(LRPStartRequest request)
    {
        var (ask, constraint) = FromDemand(request.Demand);
        foreach (var index in request.Indices)
            yield return new WorkItem(WorkKind.Lrp, request.ProcessGuid, index, request.Domain, ask, request.Demand.MaxPids, constraint)
            {
                IsRestart = request.Restart,
            };
    }

    public static WorkItem FromRequest(TaskStartRequest request)
    {
        var (ask, constraint) = FromDemand(request.Demand);
        return new WorkItem(WorkKind.OneOffTask, request.TaskGuid, 0, request.Domain, ask, request.Demand.MaxPids, constraint);
    }

    public static (Resources Ask, PlacementConstraint Constraint) FromDemand(WorkDemand demand) =>
        (
            new Resources(demand.MemoryMb, demand.DiskMb, 1),
            new PlacementConstraint(demand.RootFs, [.. demand.VolumeDrivers], [.. demand.PlacementTags])
            {
                Privileges = [.. demand.Privileges],
            }
        );

    public static WorkDemand ToDemand(WorkItem item) =>
        new()
        {
            RootFs = item.Constraint.RootFs,
            MemoryMb = item.Ask.MemoryMb,
            DiskMb = item.Ask.DiskMb,
            MaxPids = item.MaxPids,
            PlacementTags = { item.Constraint.PlacementTags },
            VolumeDrivers = { item.Constraint.VolumeDrivers },
            Privileges = { item.Constraint.Privileges },
        };
}

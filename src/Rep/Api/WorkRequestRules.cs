using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Runtime;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Rep.Api;

/// <summary>Converts a work request into offers; an invalid request is refused as a whole, with the field and the rule.</summary>
internal static class WorkRequestRules
{
    /// <exception cref="DomainException">With <see cref="ErrorKind.InvalidRequest"/>.</exception>
    public static (List<LrpOffer> Lrps, List<TaskOffer> Tasks) Read(PerformWorkRequest request, string cellId)
    {
        var broken = new List<FieldViolation>();
        // As in Diego, an empty id matches any cell.
        if (request.CellId.Length > 0 && request.CellId != cellId)
            broken.Add(new FieldViolation("cell_id", $"must be {cellId}, the ID of this cell"));

        var lrps = new List<LrpOffer>(request.Lrps.Count);
        for (var i = 0; i < request.Lrps.Count; i++)
        {
            var work = request.Lrps[i];
            var key = work.ActualLrpKey ?? new ActualLRPKey();
            if (key.ProcessGuid.Length == 0)
                broken.Add(new FieldViolation($"lrps[{i}].actual_lrp_key.process_guid", "must not be empty"));
            if (key.Index < 0)
                broken.Add(new FieldViolation($"lrps[{i}].actual_lrp_key.index", "must be at least 0"));
            if (key.Domain.Length == 0)
                broken.Add(new FieldViolation($"lrps[{i}].actual_lrp_key.domain", "must not be empty"));
            lrps.Add(new LrpOffer(new LrpKey(key.ProcessGuid, key.Index), key.Domain, ToDemand(work.Demand)));
        }

        var tasks = new List<TaskOffer>(request.Tasks.Count);
        for (var i = 0; i < request.Tasks.Count; i++)
        {
            var work = request.Tasks[i];
            if (!ContainerSpecRules.IsId(work.TaskGuid))
                broken.Add(
                    new FieldViolation(
                        $"tasks[{i}].task_guid",
                        "must be 1 to 128 characters of A-Z a-z 0-9 _ . - and begin with a letter or digit"
                    )
                );
            tasks.Add(new TaskOffer(work.TaskGuid, work.Domain, ToDemand(work.Demand)));
        }

        return broken.Count == 0 ? (lrps, tasks) : throw DomainError.Invalid(broken).ToException();
    }

    private static Demand ToDemand(WorkDemand? demand) =>
        demand is null
            ? new Demand("", 0, 0)
            : new Demand(demand.RootFs, demand.MemoryMb, demand.DiskMb, demand.MaxPids)
            {
                PlacementTags = [.. demand.PlacementTags],
                VolumeDrivers = [.. demand.VolumeDrivers],
                Privileges = [.. demand.Privileges],
            };
}

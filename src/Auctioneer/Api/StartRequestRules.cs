using Scheduler.Contracts.V1;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Auctioneer.Api;

/// <summary>Validation rules for start requests (Diego's auctioneer, <c>resources.go</c>).</summary>
internal static class StartRequestRules
{
    public static IEnumerable<FieldViolation> Broken(LRPStartRequest request)
    {
        if (request.ProcessGuid.Length == 0)
            yield return new FieldViolation("requests.process_guid", "must be set");
        if (request.Domain.Length == 0)
            yield return new FieldViolation("requests.domain", "must be set");
        if (request.Indices.Count == 0)
            yield return new FieldViolation("requests.indices", "must name at least one index");
        if (request.Indices.Any(index => index < 0))
            yield return new FieldViolation("requests.indices", "must be at least 0");
        foreach (var violation in Broken(request.Demand))
            yield return violation;
    }

    public static IEnumerable<FieldViolation> Broken(TaskStartRequest request)
    {
        if (request.TaskGuid.Length == 0)
            yield return new FieldViolation("requests.task_guid", "must be set");
        foreach (var violation in Broken(request.Demand))
            yield return violation;
    }

    private static IEnumerable<FieldViolation> Broken(WorkDemand? demand)
    {
        if (demand is null)
        {
            yield return new FieldViolation("requests.demand", "must be set");
            yield break;
        }

        if (demand.RootFs.Length == 0)
            yield return new FieldViolation("requests.demand.root_fs", "must be set");
        if (demand.MemoryMb < 0)
            yield return new FieldViolation("requests.demand.memory_mb", "must be at least 0");
        if (demand.DiskMb < 0)
            yield return new FieldViolation("requests.demand.disk_mb", "must be at least 0");
        if (demand.MaxPids < 0)
            yield return new FieldViolation("requests.demand.max_pids", "must be at least 0");
    }
}

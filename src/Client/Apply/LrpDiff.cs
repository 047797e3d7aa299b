using System.Text.Json.Nodes;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client.Apply;

/// <summary>The difference between two LRPs for people.</summary>
internal static class LrpDiff
{
    // These say nothing about what the work is.
    private static readonly string[] Silent = ["process_guid", "modification_tag", "metrics_guid"];

    /// <param name="current">Null if there is none.</param>
    public static IReadOnlyList<string> Lines(DesiredLRP? current, DesiredLRP wanted, bool keepInstances)
    {
        var (before, after) = (current is null ? [] : Values(current), Values(wanted));
        if (current is not null && keepInstances)
            after["instances"] = before["instances"];
        return DiffLines.Between(before, after);
    }

    private static Dictionary<string, string> Values(DesiredLRP lrp)
    {
        var json = (JsonObject)DiegoJsonWriter.ToNode(lrp);
        (json["routes"] as JsonObject)?.Remove(RouteKeys.Versions);
        foreach (var name in Silent)
            json.Remove(name);
        // Diego prints the number only if there is one.
        json["instances"] = lrp.Instances;
        return DiffLines.Values(json);
    }
}

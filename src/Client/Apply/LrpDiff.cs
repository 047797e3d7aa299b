using System.Text.Json.Nodes;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;

namespace Scheduler.Client.Apply;

/// <summary>The difference between two LRPs for people: one line for each value that is removed or added.</summary>
internal static class LrpDiff
{
    private const string Secret = "image_password";

    // These say nothing about what the work is.
    private static readonly string[] Silent = ["process_guid", "modification_tag", "metrics_guid"];

    /// <param name="current">Null if there is none.</param>
    public static IReadOnlyList<string> Lines(DesiredLRP? current, DesiredLRP wanted, bool keepInstances)
    {
        var (before, after) = (current is null ? [] : Values(current), Values(wanted));
        if (current is not null && keepInstances)
            after["instances"] = before["instances"];
        var lines = new List<string>();
        foreach (var path in before.Keys.Union(after.Keys).Order(StringComparer.Ordinal))
        {
            var (was, becomes) = (before.GetValueOrDefault(path), after.GetValueOrDefault(path));
            if (was == becomes)
                continue;
            if (was is not null)
                lines.Add($"- {path}: {Shown(path, was)}");
            if (becomes is not null)
                lines.Add($"+ {path}: {Shown(path, becomes)}");
        }

        return lines;
    }

    private static string Shown(string path, string value) => path == Secret ? "(secret)" : value;

    private static Dictionary<string, string> Values(DesiredLRP lrp)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var json = (JsonObject)DiegoJsonWriter.ToNode(lrp);
        (json["routes"] as JsonObject)?.Remove(RouteKeys.Versions);
        foreach (var name in Silent)
            json.Remove(name);
        // Diego prints the number only if there is one.
        json["instances"] = lrp.Instances;
        Add(json, "", values);
        return values;
    }

    private static void Add(JsonNode? node, string path, Dictionary<string, string> into)
    {
        switch (node)
        {
            case JsonObject map:
                foreach (var (key, value) in map)
                    Add(value, path.Length == 0 ? key : $"{path}.{key}", into);
                break;
            case JsonArray list:
                for (var i = 0; i < list.Count; i++)
                    Add(list[i], $"{path}[{i}]", into);
                break;
            case not null:
                into[path] = node.ToJsonString(DiegoJsonWriter.Relaxed);
                break;
        }
    }
}

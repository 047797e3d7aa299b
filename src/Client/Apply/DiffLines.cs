using System.Text.Json.Nodes;
using Scheduler.Client.Json;

namespace Scheduler.Client.Apply;

/// <summary>The difference between two objects for people: one line for each value that is removed or added.</summary>
internal static class DiffLines
{
    private const string Secret = "image_password";

    /// <param name="before">Values by path; empty if there is nothing yet.</param>
    public static IReadOnlyList<string> Between(Dictionary<string, string> before, Dictionary<string, string> after)
    {
        var lines = new List<string>();
        foreach (var path in Paths(before, after))
        {
            if (before.TryGetValue(path, out var was))
                lines.Add($"- {path}: {Shown(path, was)}");
            if (after.TryGetValue(path, out var becomes))
                lines.Add($"+ {path}: {Shown(path, becomes)}");
        }

        return lines;
    }

    /// <summary>The paths of the values that differ, in order.</summary>
    public static IEnumerable<string> Paths(Dictionary<string, string> before, Dictionary<string, string> after) =>
        before
            .Keys.Union(after.Keys)
            .Where(path => before.GetValueOrDefault(path) != after.GetValueOrDefault(path))
            .Order(StringComparer.Ordinal);

    /// <summary>The values in an object by their paths, such as <c>env[0].name</c>.</summary>
    public static Dictionary<string, string> Values(JsonObject json)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(json, "", values);
        return values;
    }

    private static string Shown(string path, string value) => path == Secret ? "(secret)" : value;

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

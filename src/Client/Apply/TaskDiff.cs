using System.Text.Json.Nodes;
using Scheduler.Client.Json;
using Scheduler.Contracts.V1;

namespace Scheduler.Client.Apply;

/// <summary>How two tasks differ in what they do; what became of them does not count.</summary>
internal static class TaskDiff
{
    /// <param name="current">Null if there is none.</param>
    public static IReadOnlyList<string> Lines(OneOffTask? current, OneOffTask wanted) =>
        DiffLines.Between(current is null ? [] : Values(current), Values(wanted));

    /// <summary>The fields that differ, with the names of Diego's JSON; empty if the tasks are the same.</summary>
    public static IReadOnlyList<string> Fields(OneOffTask current, OneOffTask wanted) =>
        [.. DiffLines.Paths(Values(current), Values(wanted))];

    private static Dictionary<string, string> Values(OneOffTask task)
    {
        var json = DiegoJsonWriter.ToNode(task.TaskDefinition ?? new TaskDefinition()) as JsonObject ?? [];
        json["domain"] = task.Domain;
        return DiffLines.Values(json);
    }
}

using System.Text.Json;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>
/// What the engine keeps for a cell with each of its containers. It is the only record of them, so that a new rep finds all containers of
/// its cell at the engine.
/// </summary>
internal static class ContainerLabels
{
    /// <summary>The cell that a container or a network belongs to.</summary>
    public const string Cell = "scheduler.cell";

    /// <summary>The container's handle, for people.</summary>
    public const string Handle = "scheduler.handle";

    private const string Record = "scheduler.record";

    public static IDictionary<string, string> Of(string cell, ContainerRecord record) =>
        new Dictionary<string, string>
        {
            [Cell] = cell,
            [Handle] = record.Spec.Handle,
            [Record] = record.ToJson(),
        };

    /// <summary>Null if the container is not the cell's.</summary>
    /// <exception cref="ContainerRuntimeException">It is, but somebody else wrote its labels.</exception>
    public static ContainerRecord? Read(string cell, IDictionary<string, string>? labels)
    {
        if (labels is null || !labels.TryGetValue(Cell, out var owner) || owner != cell)
            return null;
        try
        {
            return labels.TryGetValue(Record, out var json)
                ? ContainerRecord.FromJson(json)
                : throw new JsonException($"the label {Record} is missing");
        }
        catch (JsonException failure)
        {
            throw new ContainerRuntimeException(
                $"the labels of container {labels.GetValueOrDefault(Handle, "(unknown)")} are not this scheduler's: {failure.Message}",
                failure
            );
        }
    }

    private static string GetValueOrDefault(this IDictionary<string, string> labels, string name, string otherwise) =>
        labels.TryGetValue(name, out var value) ? value : otherwise;
}

using Scheduler.Contracts.V1;

namespace Scheduler.Converger.Model;

/// <summary>Names of rows for logs, including rows that lack their usual key.</summary>
internal static class RowNames
{
    public static string Of(DesiredLRP? lrp) => $"desired LRP {Or(lrp?.ProcessGuid)}";

    public static string Of(OneOffTask? task) => $"task {Or(task?.TaskGuid)}";

    public static string Of(ActualLRP? row) =>
        Actual(row?.ActualLrpKey, row?.Presence.ToString(), row?.ActualLrpInstanceKey, row?.ModificationTag);

    public static string Of(ActualLRPInstanceChangedEvent change) =>
        Actual(change.ActualLrpKey, change.After?.Presence.ToString(), change.ActualLrpInstanceKey, change.After?.ModificationTag);

    // The key itself may be missing; the instance and the epoch also identify the row.
    private static string Actual(ActualLRPKey? key, string? presence, ActualLRPInstanceKey? instance, ModificationTag? tag) =>
        $"actual LRP {Or(key?.ProcessGuid)}.{key?.Index} {presence?.ToUpperInvariant()} (instance {Or(instance?.InstanceGuid)} on cell {Or(instance?.CellId)}, epoch {Or(tag?.Epoch)})";

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? "?" : text;
}

using System.Text.Json.Nodes;
using Google.Protobuf;
using Scheduler.Client.Json;
using Scheduler.Client.Output;
using Scheduler.Contracts;
using Scheduler.Contracts.V1;

namespace Scheduler.Client;

/// <summary>Names and formats events: one line for people, JSON for programs.</summary>
internal static class EventTexts
{
    static EventTexts() => ContractDescriptors.Load();

    /// <summary>The name as in Diego's event streams, such as <c>actual_lrp_instance_changed</c>.</summary>
    public static string Name(Event one) => Payload(one) is { } payload ? payload.Name : "none";

    /// <summary>lrp, task, domain or cell; empty for events that only keep the stream alive.</summary>
    public static string Kind(Event one) =>
        Name(one) switch
        {
            var name when name.Contains("lrp", StringComparison.Ordinal) => "lrp",
            var name when name.StartsWith("task", StringComparison.Ordinal) => "task",
            var name when name.StartsWith("domain", StringComparison.Ordinal) => "domain",
            var name when name.StartsWith("cell", StringComparison.Ordinal) => "cell",
            _ => "",
        };

    public static string? ProcessGuid(Event one) =>
        one.PayloadCase switch
        {
            Event.PayloadOneofCase.DesiredLrpCreated => one.DesiredLrpCreated.DesiredLrp.ProcessGuid,
            Event.PayloadOneofCase.DesiredLrpChanged => one.DesiredLrpChanged.After.ProcessGuid,
            Event.PayloadOneofCase.DesiredLrpRemoved => one.DesiredLrpRemoved.DesiredLrp.ProcessGuid,
            Event.PayloadOneofCase.ActualLrpInstanceCreated => one.ActualLrpInstanceCreated.ActualLrp.ActualLrpKey.ProcessGuid,
            Event.PayloadOneofCase.ActualLrpInstanceChanged => one.ActualLrpInstanceChanged.ActualLrpKey.ProcessGuid,
            Event.PayloadOneofCase.ActualLrpInstanceRemoved => one.ActualLrpInstanceRemoved.ActualLrp.ActualLrpKey.ProcessGuid,
            Event.PayloadOneofCase.ActualLrpCrashed => one.ActualLrpCrashed.ActualLrpKey.ProcessGuid,
            _ => null,
        };

    /// <summary>Diego's format, plus the revision to resume from.</summary>
    public static JsonNode Json(Event one) =>
        new JsonObject
        {
            ["type"] = Name(one),
            ["revision"] = one.Revision,
            ["data"] = Payload(one) is { } payload ? DiegoJsonWriter.ToNode(payload.Message) : null,
        };

    /// <summary>A one-line description of the event.</summary>
    public static string Describe(Event one) =>
        one.PayloadCase switch
        {
            Event.PayloadOneofCase.DesiredLrpCreated => Desired(one.DesiredLrpCreated.DesiredLrp),
            Event.PayloadOneofCase.DesiredLrpChanged =>
                $"{Desired(one.DesiredLrpChanged.After)}, was {one.DesiredLrpChanged.Before.Instances}",
            Event.PayloadOneofCase.DesiredLrpRemoved => one.DesiredLrpRemoved.DesiredLrp.ProcessGuid,
            Event.PayloadOneofCase.ActualLrpInstanceCreated => Row(one.ActualLrpInstanceCreated.ActualLrp),
            Event.PayloadOneofCase.ActualLrpInstanceChanged => Changed(one.ActualLrpInstanceChanged),
            Event.PayloadOneofCase.ActualLrpInstanceRemoved => Row(one.ActualLrpInstanceRemoved.ActualLrp),
            Event.PayloadOneofCase.ActualLrpCrashed =>
                $"{Key(one.ActualLrpCrashed.ActualLrpKey)}{On(one.ActualLrpCrashed.ActualLrpInstanceKey)}, crash {one.ActualLrpCrashed.CrashCount}: {one.ActualLrpCrashed.CrashReason}",
            Event.PayloadOneofCase.TaskCreated => OneTask(one.TaskCreated.Task),
            Event.PayloadOneofCase.TaskChanged => $"{OneTask(one.TaskChanged.After)}, was {one.TaskChanged.Before.State}",
            Event.PayloadOneofCase.TaskRemoved => one.TaskRemoved.Task.TaskGuid,
            Event.PayloadOneofCase.DomainFresh => one.DomainFresh.Domain,
            Event.PayloadOneofCase.DomainExpired => one.DomainExpired.Domain,
            Event.PayloadOneofCase.CellAppeared => $"{one.CellAppeared.Cell.CellId} in {Texts.OrDash(one.CellAppeared.Cell.Zone)}",
            Event.PayloadOneofCase.CellDisappeared => one.CellDisappeared.Cell.CellId
                + (one.CellDisappeared.Withdrawn ? ", withdrawn" : ", its presence expired"),
            Event.PayloadOneofCase.CellAbsent => LossTexts.Describe(one.CellAbsent.Cell),
            Event.PayloadOneofCase.CellAbsenceEnded => one.CellAbsenceEnded.Cell.CellId
                + (one.CellAbsenceEnded.Returned ? " returned" : " no longer owns any work"),
            Event.PayloadOneofCase.CellLossChanged => LossTexts.Describe(one.CellLossChanged.Loss),
            _ => "",
        };

    private static (string Name, IMessage Message)? Payload(Event one)
    {
        var field = Event.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(one);
        return field is null ? null : (field.Name, (IMessage)field.Accessor.GetValue(one));
    }

    private static string Desired(DesiredLRP lrp) => $"{lrp.ProcessGuid} {lrp.Instances} {(lrp.Instances == 1 ? "instance" : "instances")}";

    private static string Key(ActualLRPKey? key) => key is null ? "-" : $"{key.ProcessGuid}/{key.Index}";

    private static string On(ActualLRPInstanceKey? key) => string.IsNullOrEmpty(key?.CellId) ? "" : $" on {key.CellId}";

    private static string Row(ActualLRP row) =>
        $"{Key(row.ActualLrpKey)} {row.State}{On(row.ActualLrpInstanceKey)}{Suffix(Texts.Remark(row))}";

    private static string Changed(ActualLRPInstanceChangedEvent one)
    {
        var (before, after) = (one.Before, one.After);
        var what = before.State != after.State ? $"{before.State} -> {after.State}" : after.State;
        if (before.Presence != after.Presence)
            what += $", {before.Presence} -> {after.Presence}".ToUpperInvariant();
        return $"{Key(one.ActualLrpKey)} {what}{On(one.ActualLrpInstanceKey)}{Suffix(after.PlacementError)}";
    }

    private static string Suffix(string remark) => remark.Length == 0 ? "" : $": {remark}";

    private static string OneTask(OneOffTask task) =>
        $"{task.TaskGuid} {task.State}{Texts.Cell(task)}{(task.Failed ? $": {task.FailureReason}" : "")}";
}

using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Events;

/// <summary>Builds desired and actual LRP events from rows.</summary>
internal static class LrpEvents
{
    public static Event Created(ActualLRP row, string traceId) =>
        new()
        {
            ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent { ActualLrp = row, TraceId = traceId },
        };

    public static Event Removed(ActualLRP row, string traceId) =>
        new()
        {
            ActualLrpInstanceRemoved = new ActualLRPInstanceRemovedEvent { ActualLrp = row, TraceId = traceId },
        };

    public static Event Changed(ActualLRP before, ActualLRP after, string traceId)
    {
        var changed = new ActualLRPInstanceChangedEvent
        {
            ActualLrpKey = after.ActualLrpKey,
            // If the change removed the instance key, use the previous one: followers identify the instance by it.
            ActualLrpInstanceKey = after.HasInstance() ? after.ActualLrpInstanceKey : before.ActualLrpInstanceKey,
            Before = Info(before),
            After = Info(after),
            TraceId = traceId,
        };
        changed.ActualLrpInternalRoutes.AddRange(after.ActualLrpInternalRoutes);
        changed.MetricTags.Add(after.MetricTags);
        return new Event { ActualLrpInstanceChanged = changed };
    }

    public static Event Crashed(ActualLRP before, int crashCount, string reason, long sinceNs) =>
        new()
        {
            ActualLrpCrashed = new ActualLRPCrashedEvent
            {
                ActualLrpKey = before.ActualLrpKey,
                ActualLrpInstanceKey = before.ActualLrpInstanceKey,
                CrashCount = crashCount,
                CrashReason = reason,
                Since = sinceNs,
            },
        };

    public static Event Created(DesiredLRP lrp, string traceId) =>
        new()
        {
            DesiredLrpCreated = new DesiredLRPCreatedEvent { DesiredLrp = lrp, TraceId = traceId },
        };

    public static Event Changed(DesiredLRP before, DesiredLRP after, string traceId) =>
        new()
        {
            DesiredLrpChanged = new DesiredLRPChangedEvent
            {
                Before = before,
                After = after,
                TraceId = traceId,
            },
        };

    public static Event Removed(DesiredLRP lrp, string traceId) =>
        new()
        {
            DesiredLrpRemoved = new DesiredLRPRemovedEvent { DesiredLrp = lrp, TraceId = traceId },
        };

    private static ActualLRPInfo Info(ActualLRP row)
    {
        var info = new ActualLRPInfo
        {
            ActualLrpNetInfo = row.ActualLrpNetInfo,
            CrashCount = row.CrashCount,
            CrashReason = row.CrashReason,
            State = row.State,
            PlacementError = row.PlacementError,
            Since = row.Since,
            ModificationTag = row.ModificationTag,
            Presence = row.Presence,
            AvailabilityZone = row.AvailabilityZone,
        };
        if (row.HasRoutable)
            info.Routable = row.Routable;
        return info;
    }
}

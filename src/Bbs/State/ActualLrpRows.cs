using ModificationTag = Scheduler.Contracts.V1.ModificationTag;

namespace Scheduler.Bbs.State;

/// <summary>Creates actual LRP rows and their next versions. A version shares its unchanged parts with the previous one.</summary>
internal static class ActualLrpRows
{
    /// <summary>Set on rows without an instance, so that readers never see null.</summary>
    public static readonly ActualLRPInstanceKey NoInstance = new();

    public static readonly ActualLRPNetInfo NoNetInfo = new();

    public static ActualLRP Unclaimed(ActualLRPKey key, string epoch, long nowNs) =>
        new()
        {
            ActualLrpKey = key,
            ActualLrpInstanceKey = NoInstance,
            ActualLrpNetInfo = NoNetInfo,
            State = ActualLrpStateNames.Unclaimed,
            Since = nowNs,
            ModificationTag = new ModificationTag { Epoch = epoch },
            Routable = false,
        };

    /// <summary>The next version of the row: a later tag and a new <c>since</c>, all else unchanged.</summary>
    public static ActualLRP Next(ActualLRP row, long nowNs)
    {
        var next = Copy(row);
        next.Since = nowNs;
        next.ModificationTag = new ModificationTag { Epoch = row.ModificationTag.Epoch, Index = row.ModificationTag.Index + 1 };
        return next;
    }

    /// <summary>The slot without its instance. Descriptive fields (routes, tags, zone) stay until the next start overwrites them.</summary>
    public static ActualLRP ToUnclaimed(ActualLRP row, long nowNs)
    {
        var next = WithoutInstance(row, nowNs);
        next.State = ActualLrpStateNames.Unclaimed;
        next.Presence = ActualLRP.Types.Presence.Ordinary;
        return next;
    }

    public static ActualLRP WithoutInstance(ActualLRP row, long nowNs)
    {
        var next = Next(row, nowNs);
        next.ActualLrpInstanceKey = NoInstance;
        next.ActualLrpNetInfo = NoNetInfo;
        return next;
    }

    /// <summary>The same version under another presence; as in Diego, the tag does not change.</summary>
    public static ActualLRP WithPresence(ActualLRP row, LrpPresence presence)
    {
        var copy = Copy(row);
        copy.Presence = (ActualLRP.Types.Presence)presence;
        return copy;
    }

    /// <summary>Copies the outer message only: its parts never change, so versions share them.</summary>
    public static ActualLRP Copy(ActualLRP row)
    {
        var copy = new ActualLRP
        {
            ActualLrpKey = row.ActualLrpKey,
            ActualLrpInstanceKey = row.ActualLrpInstanceKey,
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
            copy.Routable = row.Routable;
        copy.ActualLrpInternalRoutes.AddRange(row.ActualLrpInternalRoutes);
        if (row.MetricTags.Count > 0)
            copy.MetricTags.Add(row.MetricTags);
        return copy;
    }

    public static ActualLrpState StateOf(ActualLRP row) => ActualLrpStateNames.Parse(row.State);

    /// <summary>Whether an ORDINARY row may move to the given state on behalf of the instance.</summary>
    public static bool Allows(ActualLRP row, ActualLrpState to, ActualLRPInstanceKey instance) =>
        ActualLrpTransitions.Allows(StateOf(row), to, row.Is(instance));
}

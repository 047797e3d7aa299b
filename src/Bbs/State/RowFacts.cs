using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>Shorthands for properties of rows.</summary>
internal static class RowFacts
{
    public static string ProcessGuid(this ActualLRP row) => row.ActualLrpKey.ProcessGuid;

    public static int Index(this ActualLRP row) => row.ActualLrpKey.Index;

    public static LrpPresence PresenceKind(this ActualLRP row) => (LrpPresence)row.Presence;

    public static bool IsOrdinary(this ActualLRP row) => row.Presence == ActualLRP.Types.Presence.Ordinary;

    public static string CellId(this ActualLRP row) => row.ActualLrpInstanceKey.CellId;

    public static string InstanceGuid(this ActualLRP row) => row.ActualLrpInstanceKey.InstanceGuid;

    public static bool HasInstance(this ActualLRP row) => row.InstanceGuid().Length > 0;

    /// <summary>CLAIMED or RUNNING: the row belongs to a cell.</summary>
    public static bool IsOnCell(this ActualLRP row) => row.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running;

    public static bool Is(this ActualLRP row, ActualLRPInstanceKey instance) =>
        row.InstanceGuid() == instance.InstanceGuid && row.CellId() == instance.CellId;

    public static LrpKey Slot(this ActualLRP row) => new(row.ProcessGuid(), row.Index());

    public static ActualLrpRowKey RowKey(this ActualLRP row) => new(row.ProcessGuid(), row.Index(), row.PresenceKind());

    public static bool IsFreshAt(this DomainRow row, long nowNs) => row.ExpiresAt == 0 || row.ExpiresAt > nowNs;
}

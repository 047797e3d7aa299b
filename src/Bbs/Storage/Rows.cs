namespace Scheduler.Bbs.Storage;

/// <summary>The primary key of an actual LRP: a slot and one of its up to three presences.</summary>
public readonly record struct ActualLrpRowKey(string ProcessGuid, int Index, LrpPresence Presence);

/// <summary>A domain that a client has marked fresh.</summary>
/// <param name="ExpiresAt">Unix nanoseconds; 0: never expires.</param>
public sealed record DomainRow(string Domain, long ExpiresAt);

/// <summary>
/// A cell's presence. Only the active node's memory knows when it expires: renewals do not reach the store, and a node that takes over
/// gives every known cell a fresh time to live.
/// </summary>
/// <param name="Owner">Identifies one run of a rep.</param>
/// <param name="TtlMs">The time to live that the rep asked for, in milliseconds.</param>
public sealed record CellRow(CellPresence Presence, string Owner, uint TtlMs)
{
    public string CellId => Presence.CellId;
}

/// <summary>Key of the single row that holds the fleet's mode of giving up cells; without it, cells are given up at once.</summary>
public static class CellLossKey
{
    public const string Fleet = "fleet";
}

/// <summary>A lock held by a component. As with a presence, its owner is durable but its expiry is not.</summary>
public sealed record LockRow(string Key, string Owner, string Value, uint TtlMs);

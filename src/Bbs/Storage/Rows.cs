namespace Scheduler.Bbs.Storage;

/// <summary>The primary key of an actual LRP: a slot, and which of its up to three rows.</summary>
public readonly record struct ActualLrpRowKey(string ProcessGuid, int Index, LrpPresence Presence);

/// <summary>A domain that a client has marked fresh.</summary>
/// <param name="ExpiresAt">Unix nanoseconds; 0: never expires.</param>
public sealed record DomainRow(string Domain, long ExpiresAt);

/// <summary>
/// A cell's presence. When it runs out is known only to the active node's memory: renewals do not reach the store,
/// and a node that takes over gives every known cell a fresh time to live.
/// </summary>
/// <param name="Owner">One run of a rep.</param>
/// <param name="TtlMs">The time to live that the rep asked for, in milliseconds.</param>
public sealed record CellRow(CellPresence Presence, string Owner, uint TtlMs)
{
    public string CellId => Presence.CellId;
}

/// <summary>How cells are given up is one row, of the whole fleet; without it they are given up at once.</summary>
public static class CellLossKey
{
    public const string Fleet = "fleet";
}

/// <summary>A lock that a part of the system holds; like a presence, only its owner is durable.</summary>
public sealed record LockRow(string Key, string Owner, string Value, uint TtlMs);

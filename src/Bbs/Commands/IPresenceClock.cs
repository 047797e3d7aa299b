using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Commands;

/// <summary>Kinds of leases whose time to live is held in memory only.</summary>
internal enum LeaseKind
{
    Cell,
    Lock,
}

/// <summary>A cell's presence or a lock.</summary>
internal readonly record struct LeaseKey(LeaseKind Kind, string Name);

/// <summary>Tracks when presences and locks expire.</summary>
internal interface IPresenceClock
{
    /// <summary>The holder was heard: extends the lease by <paramref name="ttl"/> from now.</summary>
    void Renew(LeaseKey lease, TimeSpan ttl);

    bool HasRunOut(LeaseKey lease);

    /// <summary>Another owner asks for the cell while its presence is still valid.</summary>
    void Challenge(CellRow challenger);

    /// <summary>The last owner that was refused the cell and is still heard, or null.</summary>
    CellRow? ChallengerOf(string cellId);
}

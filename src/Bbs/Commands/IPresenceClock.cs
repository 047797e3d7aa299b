using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Commands;

/// <summary>What has a time to live in memory only.</summary>
internal enum LeaseKind
{
    Cell,
    Lock,
}

/// <summary>A cell's presence or a lock.</summary>
internal readonly record struct LeaseKey(LeaseKind Kind, string Name);

/// <summary>Knows when presences and locks run out.</summary>
internal interface IPresenceClock
{
    /// <summary>The holder was heard: it lives for another <paramref name="ttl"/>.</summary>
    void Renew(LeaseKey lease, TimeSpan ttl);

    bool HasRunOut(LeaseKey lease);

    /// <summary>Another owner asks for the cell while its presence lives.</summary>
    void Challenge(CellRow challenger);

    /// <summary>Who last asked for the cell in vain and is still heard; null when nobody.</summary>
    CellRow? ChallengerOf(string cellId);
}

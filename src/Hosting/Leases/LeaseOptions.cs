using Scheduler.Models;

namespace Scheduler.Hosting.Leases;

/// <summary>How this process holds a leader lock.</summary>
/// <param name="Key">The lock's name, such as <c>auctioneer</c>.</param>
/// <param name="Owner">Identifies this run of the process; must be unique.</param>
/// <param name="Value">The lock's value, which others can read: this process's URL.</param>
public sealed record LeaseOptions(string Key, string Owner, string Value)
{
    /// <summary>Diego's value.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(15);

    // Renewals are at least one whole retry interval apart; with a shorter TTL a single slow answer would end the term.
    private static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromMinutes(10);

    /// <summary>Time without a renewal after which another process may take over. From 3 s to 10 min.</summary>
    public TimeSpan Ttl { get; init; } = DefaultTtl;

    /// <summary>
    /// Longest time between attempts of a standby, and of a holder whose renewal failed; jitter shortens it by up to half. A holder stops
    /// this long before its lease expires.
    /// </summary>
    public static TimeSpan RetryInterval => TimeSpan.FromSeconds(1);

    /// <summary>Seed for jitter; null picks a different one for each run.</summary>
    public int? Seed { get; init; }

    /// <summary>
    /// A third of the TTL, so that a renewal may hang until the next one is due, and others can follow before the lease is at risk.
    /// </summary>
    public TimeSpan RenewInterval => Ttl / 3;

    /// <summary>The rule that a TTL breaks, or null.</summary>
    public static DomainError? ValidateTtl(TimeSpan ttl) =>
        ttl < ShortestTtl || ttl > LongestTtl ? DomainError.Invalid("lock-ttl", "must be from 3s to 10m") : null;
}

using Scheduler.Models;

namespace Scheduler.Hosting.Leases;

/// <summary>How this process holds a lock that only one of its kind may hold.</summary>
/// <param name="Key">The lock's name, such as <c>auctioneer</c>.</param>
/// <param name="Owner">This run of the process; unlike any other's.</param>
/// <param name="Value">What others read in the lock: this process's URL.</param>
public sealed record LeaseOptions(string Key, string Owner, string Value)
{
    /// <summary>Diego's value.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(15);

    // Renewals are whole retries apart: with less a single slow answer would end the term.
    private static readonly TimeSpan ShortestTtl = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromMinutes(10);

    /// <summary>After this long without a renewal another may take over. From 3 s to 10 min.</summary>
    public TimeSpan Ttl { get; init; } = DefaultTtl;

    /// <summary>
    /// Time between tries of a standby, and of a holder whose renewal failed, at most; up to half of it is left out by chance. A holder
    /// stops by so much before its lease has run out.
    /// </summary>
    public static TimeSpan RetryInterval => TimeSpan.FromSeconds(1);

    /// <summary>For jitter; null: a different one in each run.</summary>
    public int? Seed { get; init; }

    /// <summary>A third of the time to live, so that a renewal may hang until the next would be due, and others follow it before the lease is in danger.</summary>
    public TimeSpan RenewInterval => Ttl / 3;

    /// <summary>The rule that a time to live breaks, or null.</summary>
    public static DomainError? ValidateTtl(TimeSpan ttl) =>
        ttl < ShortestTtl || ttl > LongestTtl ? DomainError.Invalid("lock-ttl", "must be from 3s to 10m") : null;
}

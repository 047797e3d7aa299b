namespace Scheduler.Hosting.Leases;

/// <summary>How this process holds a lock that only one of its kind may hold.</summary>
/// <param name="Key">The lock's name, such as <c>auctioneer</c>.</param>
/// <param name="Owner">This run of the process; unlike any other's.</param>
/// <param name="Value">What others read in the lock: this process's URL.</param>
public sealed record LeaseOptions(string Key, string Owner, string Value)
{
    /// <summary>After this long without a renewal another may take over. Diego's value.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between tries of a standby at most; up to half of it is left out by chance.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For jitter; null: a different one in each run.</summary>
    public int? Seed { get; init; }

    /// <summary>A third of the time to live, so that two renewals may fail before the lease is in danger.</summary>
    public TimeSpan RenewInterval => Ttl / 3;
}

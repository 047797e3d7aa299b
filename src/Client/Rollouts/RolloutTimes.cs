namespace Scheduler.Client.Rollouts;

/// <summary>The waits of a rollout.</summary>
/// <param name="Progress">How long the next instance may take to become available.</param>
/// <param name="Settled">How long an instance of the new version must have run before it counts.</param>
internal sealed record RolloutTimes(TimeSpan Progress, TimeSpan Settled)
{
    /// <summary>A large image takes minutes to arrive; what has not started by then will not.</summary>
    public static readonly TimeSpan DefaultProgress = TimeSpan.FromMinutes(5);

    /// <summary>Programs that miss their settings or a neighbour end within their first second, and without a health check they run until then.</summary>
    public static readonly TimeSpan DefaultSettled = TimeSpan.FromSeconds(2);

    /// <summary>For an instance that has crashed before.</summary>
    private static readonly TimeSpan AfterCrash = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestStuck = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long an instance of the version that leaves may be missing until nobody waits for it: longer than a lost cell's instance takes to
    /// start elsewhere.
    /// </summary>
    public TimeSpan Stuck => Progress / 2 < LongestStuck ? Progress / 2 : LongestStuck;

    public TimeSpan SettledAfter(int crashes) => crashes > 0 && Settled < AfterCrash ? AfterCrash : Settled;
}

namespace Scheduler.Models;

/// <summary>When a crashed instance starts again. The numbers are Diego's and not configurable there either.</summary>
public static class RestartPolicy
{
    /// <summary>Crashes with a count below this restart at once.</summary>
    public const int ImmediateRestarts = 3;

    /// <summary>An instance that crashed this often is left alone until a client acts.</summary>
    public const int MaxRestarts = 200;

    /// <summary>After running this long, a crash counts as the first again.</summary>
    public static readonly TimeSpan ResetAfterRunning = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan BackoffMin = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan BackoffMax = TimeSpan.FromMinutes(16);

    /// <summary>The count that a crash gives the row.</summary>
    /// <param name="wasRunning">Whether the row was RUNNING; a CLAIMED row never resets the count.</param>
    /// <param name="permanent">The work itself is at fault: the crash counts for all those that restart at once, so that the first back-off begins.</param>
    public static int NextCrashCount(int crashCount, bool wasRunning, DateTimeOffset since, DateTimeOffset now, bool permanent = false)
    {
        var next = wasRunning && now - since > ResetAfterRunning ? 1 : crashCount + 1;
        return permanent ? Math.Max(next, ImmediateRestarts) : next;
    }

    public static bool RestartsAtOnce(int crashCount) => crashCount < ImmediateRestarts;

    /// <summary>The wait after crash number <paramref name="crashCount"/>; null when it is never restarted again.</summary>
    public static TimeSpan? Backoff(int crashCount) => crashCount switch
    {
        < ImmediateRestarts => TimeSpan.Zero,
        >= MaxRestarts => null,
        // 30 s × 2^5 is already the maximum, so the exponent never needs to be larger than that.
        _ => Min(BackoffMax, BackoffMin * (1 << Math.Min(crashCount - ImmediateRestarts, 5))),
    };

    /// <summary>When a CRASHED row is due; null when it is never restarted again.</summary>
    public static DateTimeOffset? RestartAt(int crashCount, DateTimeOffset since) =>
        Backoff(crashCount) is { } wait ? since + wait : null;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

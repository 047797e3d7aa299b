namespace Scheduler.Models;

/// <summary>When a crashed instance restarts. The numbers are Diego's, where they are not configurable either.</summary>
public static class RestartPolicy
{
    /// <summary>Crash counts below this restart at once.</summary>
    public const int ImmediateRestarts = 3;

    /// <summary>After this many crashes an instance is not restarted until a client acts.</summary>
    public const int MaxRestarts = 200;

    /// <summary>A crash after running this long counts as the first one again.</summary>
    public static readonly TimeSpan ResetAfterRunning = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan BackoffMin = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan BackoffMax = TimeSpan.FromMinutes(16);

    /// <summary>The row's crash count after this crash.</summary>
    /// <param name="wasRunning">Whether the row was RUNNING; a CLAIMED row never resets the count.</param>
    /// <param name="permanent">The work itself is the cause: the crash uses up all immediate restarts, so that the first back-off
    /// begins.</param>
    public static int NextCrashCount(int crashCount, bool wasRunning, DateTimeOffset since, DateTimeOffset now, bool permanent = false)
    {
        var next = wasRunning && now - since > ResetAfterRunning ? 1 : crashCount + 1;
        return permanent ? Math.Max(next, ImmediateRestarts) : next;
    }

    public static bool RestartsAtOnce(int crashCount) => crashCount < ImmediateRestarts;

    /// <summary>The back-off after crash number <paramref name="crashCount"/>; null if it is never restarted again.</summary>
    public static TimeSpan? Backoff(int crashCount) =>
        crashCount switch
        {
            < ImmediateRestarts => TimeSpan.Zero,
            >= MaxRestarts => null,
            // 30 s × 2^5 already reaches the maximum, so the exponent never needs to be larger.
            _ => Min(BackoffMax, BackoffMin * (1 << Math.Min(crashCount - ImmediateRestarts, 5))),
        };

    /// <summary>When a CRASHED row is due for restart; null if it is never restarted again.</summary>
    public static DateTimeOffset? RestartAt(int crashCount, DateTimeOffset since) => Backoff(crashCount) is { } wait ? since + wait : null;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}

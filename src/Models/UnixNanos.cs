namespace Scheduler.Models;

/// <summary>Times of the contract and of rows: Unix nanoseconds. Clocks here count hundreds of them.</summary>
public static class UnixNanos
{
    /// <summary>The instant; the nearest that a clock can show when the number is absurd.</summary>
    public static DateTimeOffset ToTime(long nanos)
    {
        var ticks = DateTimeOffset.UnixEpoch.Ticks + nanos / TimeSpan.NanosecondsPerTick;
        return new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
    }

    public static TimeSpan ToSpan(long nanos) => TimeSpan.FromTicks(nanos / TimeSpan.NanosecondsPerTick);

    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick;

    public static long From(TimeSpan duration) => duration.Ticks * TimeSpan.NanosecondsPerTick;
}

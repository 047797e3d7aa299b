namespace Scheduler.Models;

/// <summary>Conversion of the times in the contract and in rows: Unix nanoseconds. Clocks here have a resolution of 100 ns.</summary>
public static class UnixNanos
{
    /// <summary>The instant; a number out of range gives the nearest representable one.</summary>
    public static DateTimeOffset ToTime(long nanos)
    {
        var ticks = DateTimeOffset.UnixEpoch.Ticks + nanos / TimeSpan.NanosecondsPerTick;
        return new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
    }

    public static TimeSpan ToSpan(long nanos) => TimeSpan.FromTicks(nanos / TimeSpan.NanosecondsPerTick);

    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * TimeSpan.NanosecondsPerTick;

    public static long From(TimeSpan duration) => duration.Ticks * TimeSpan.NanosecondsPerTick;
}

namespace Scheduler.Bbs;

/// <summary>Converts times: rows use Unix nanoseconds, .NET uses ticks of 100 ns.</summary>
internal static class UnixTime
{
    private const long NanosecondsPerTick = 100;

    public static long ToNanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;

    public static DateTimeOffset FromNanoseconds(long time) => DateTimeOffset.UnixEpoch.AddTicks(time / NanosecondsPerTick);

    public static long ToNanoseconds(TimeSpan duration) => duration.Ticks * NanosecondsPerTick;
}

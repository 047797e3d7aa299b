namespace Scheduler.Bbs;

/// <summary>Times of rows are Unix nanoseconds; .NET counts hundreds of them.</summary>
internal static class UnixTime
{
    private const long NanosecondsPerTick = 100;

    public static long ToNanoseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) * NanosecondsPerTick;

    public static DateTimeOffset FromNanoseconds(long time) => DateTimeOffset.UnixEpoch.AddTicks(time / NanosecondsPerTick);

    public static long ToNanoseconds(TimeSpan duration) => duration.Ticks * NanosecondsPerTick;
}

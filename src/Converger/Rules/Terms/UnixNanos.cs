namespace Scheduler.Converger.Rules.Terms;

/// <summary>Times of the contract: Unix nanoseconds, read with the clock's resolution of 100 ns.</summary>
internal static class UnixNanos
{
    private const long NanosPerTick = 100;

    /// <summary>The instant; the nearest that a clock can show when the number is absurd.</summary>
    public static DateTimeOffset ToTime(long nanos)
    {
        var ticks = DateTimeOffset.UnixEpoch.Ticks + nanos / NanosPerTick;
        return new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
    }

    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * NanosPerTick;
}

namespace Scheduler.Converger.Rules.Terms;

/// <summary>Conversion of the contract's times: Unix nanoseconds, read with the clock's resolution of 100 ns.</summary>
internal static class UnixNanos
{
    private const long NanosPerTick = 100;

    /// <summary>The instant; a number out of range gives the nearest representable one.</summary>
    public static DateTimeOffset ToTime(long nanos)
    {
        var ticks = DateTimeOffset.UnixEpoch.Ticks + nanos / NanosPerTick;
        return new DateTimeOffset(Math.Clamp(ticks, 0, DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
    }

    public static long From(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * NanosPerTick;
}

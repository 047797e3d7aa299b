namespace Scheduler.Simulation.Time;

/// <summary>The clocks of a machine: a monotonic clock that may run slightly fast or slow, and a wall clock that may jump.</summary>
internal sealed class MachineClock(VirtualWorld world)
{
    private TimeSpan _rebasedAt;
    private TimeSpan _monotonicThen;
    private TimeSpan _wallOffset;

    /// <summary>Rate of the clock: 1 is exact, 1.001 gains a second in about 17 minutes.</summary>
    public double Rate { get; private set; } = 1;

    public TimeSpan Monotonic => _monotonicThen + ((world.Now - _rebasedAt) * Rate);

    public DateTimeOffset Wall => VirtualWorld.Epoch + Monotonic + _wallOffset;

    public void Drift(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        _monotonicThen = Monotonic;
        _rebasedAt = world.Now;
        Rate = rate;
    }

    /// <summary>Sets the wall clock with the given error, as a time server or an operator does.</summary>
    public void SetWall(TimeSpan error) => _wallOffset = world.Now - Monotonic + error;

    /// <summary>World time that corresponds to <paramref name="duration"/> on this machine.</summary>
    public TimeSpan ToWorld(TimeSpan duration) => Rate == 1 ? duration : duration / Rate;
}

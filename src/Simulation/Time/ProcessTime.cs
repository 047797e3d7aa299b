namespace Scheduler.Simulation.Time;

/// <summary>
/// Time as seen by one process. Timers fire in the process's context: never in a dead process, and late in a paused one.
/// </summary>
internal sealed class ProcessTime(VirtualWorld world, VirtualProcess process, MachineClock clock) : TimeProvider
{
    // The origin of a monotonic clock is arbitrary; not 0, to expose comparisons with "never".
    private const long Boot = TimeSpan.TicksPerHour;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override DateTimeOffset GetUtcNow() => clock.Wall;

    public override long GetTimestamp() => Boot + clock.Monotonic.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(world, process, clock, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(VirtualWorld world, VirtualProcess process, MachineClock clock, TimerCallback callback, object? state)
        : ITimer
    {
        private Appointment? _next;
        private TimeSpan _period;
        private bool _isDisposed;
        private int _version;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.Cancel();
            _version++;
            if (_isDisposed)
                return false;
            _period = period;
            _next = dueTime == Timeout.InfiniteTimeSpan ? null : world.After(clock.ToWorld(dueTime), Due);
            return true;
        }

        public void Dispose()
        {
            _isDisposed = true;
            _version++;
            _next?.Cancel();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Due()
        {
            if (process.IsDead)
                return;
            var version = _version;
            process.Post(
                _ =>
                {
                    if (version == _version)
                        callback(state);
                },
                null
            );
            _next = _period > TimeSpan.Zero ? world.After(clock.ToWorld(_period), Due) : null;
        }
    }
}

namespace Scheduler.Tests.TestKit.Time;

/// <summary>
/// A clock that moves only when told. Timers fire on the thread that advances it, in the order in which they are due,
/// with the clock standing at their due time; equal times fire in the order in which they were set.
/// </summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<ManualTimer> _timers = new(ManualTimer.ByDueTime);
    private DateTimeOffset _now = start;
    private long _sequence;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>When the next timer is due; null when none is set.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (_lock) return _timers.Min?.Due;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock) return _now;
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, firing every timer that falls due on the way, those set meanwhile included.</summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        var target = GetUtcNow() + by;
        while (FireNext(target))
        {
        }

        MoveTo(target);
    }

    /// <summary>Fires the one timer that is due next, if that is not after <paramref name="limit"/>, with the clock moved to it.</summary>
    public bool FireNext(DateTimeOffset limit)
    {
        ManualTimer? timer;
        lock (_lock)
        {
            timer = _timers.Min;
            if (timer is null || timer.Due > limit) return false;
            _timers.Remove(timer);
            if (timer.Due > _now) _now = timer.Due;
            if (timer.Period > TimeSpan.Zero) Schedule(timer, timer.Due + timer.Period);
        }

        timer.Fire();
        return true;
    }

    /// <summary>Moves the clock without firing anything; never backwards.</summary>
    public void MoveTo(DateTimeOffset target)
    {
        lock (_lock)
        {
            if (target > _now) _now = target;
        }
    }

    private void Schedule(ManualTimer timer, DateTimeOffset due)
    {
        timer.Due = due;
        timer.Sequence = _sequence++;
        _timers.Add(timer);
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        public static readonly Comparer<ManualTimer> ByDueTime = Comparer<ManualTimer>.Create((a, b) =>
            a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Sequence.CompareTo(b.Sequence));

        private bool _disposed;

        public DateTimeOffset Due { get; set; }

        public long Sequence { get; set; }

        public TimeSpan Period { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                if (_disposed) return false;
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan) owner.Schedule(this, owner._now + dueTime);
                return true;
            }
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                _disposed = true;
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

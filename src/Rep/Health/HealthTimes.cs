namespace Scheduler.Rep.Health;

/// <summary>Times and intervals of health checks.</summary>
/// <param name="Unhealthy">Maximum interval between attempts until the first success.</param>
/// <param name="Healthy">Interval between attempts afterwards, unless the check sets its own.</param>
/// <param name="StartTimeout">Time from the first attempt to the first success; zero: no timeout.</param>
/// <param name="Monitored">Monitor style: each attempt starts processes, and the first one comes one unhealthy interval after the
/// start.</param>
internal sealed record HealthTimes(TimeSpan Unhealthy, TimeSpan Healthy, TimeSpan StartTimeout, bool Monitored)
{
    /// <summary>The first pauses. Few programs listen sooner than this, and each probe costs the start of a thread.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The pause before the next attempt while none has passed: half of the time waited so far. A listening program is detected after at
    /// most 1.5 times its start time, whether that is 20 ms or 2 s, and one that takes minutes is not probed more often than before.
    /// </summary>
    public TimeSpan PauseAfter(TimeSpan waited)
    {
        var pause = Monitored || waited / 2 > Unhealthy ? Unhealthy : waited / 2;
        return pause > Shortest ? pause : Shortest;
    }
}

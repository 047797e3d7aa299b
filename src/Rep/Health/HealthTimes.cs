namespace Scheduler.Rep.Health;

/// <summary>When checks are made.</summary>
/// <param name="Unhealthy">Between attempts until the first success, at most.</param>
/// <param name="Healthy">Between attempts afterwards, where the check does not say.</param>
/// <param name="StartTimeout">From the first attempt to the first success; zero waits for ever.</param>
/// <param name="Monitored">Monitor style: each attempt makes processes, and the first one comes one unhealthy interval after the start.</param>
internal sealed record HealthTimes(TimeSpan Unhealthy, TimeSpan Healthy, TimeSpan StartTimeout, bool Monitored)
{
    /// <summary>The first pauses. A program that listens sooner than this is rare, and a probe costs a thread's start.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// The pause before the next attempt while none has passed: half of the time waited so far. A program is found to listen after at most half as
    /// long again as it took, whether it takes 20 ms or 2 s, and one that takes minutes is not asked more often than before.
    /// </summary>
    public TimeSpan PauseAfter(TimeSpan waited)
    {
        var pause = Monitored || waited / 2 > Unhealthy ? Unhealthy : waited / 2;
        return pause > Shortest ? pause : Shortest;
    }
}

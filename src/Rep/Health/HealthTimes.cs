namespace Scheduler.Rep.Health;

/// <summary>When checks are made.</summary>
/// <param name="Unhealthy">Between attempts until the first success.</param>
/// <param name="Healthy">Between attempts afterwards, where the check does not say.</param>
/// <param name="StartTimeout">From the first attempt to the first success; zero waits for ever.</param>
/// <param name="Monitored">Monitor style: the first attempt comes one unhealthy interval after the start.</param>
internal sealed record HealthTimes(TimeSpan Unhealthy, TimeSpan Healthy, TimeSpan StartTimeout, bool Monitored);

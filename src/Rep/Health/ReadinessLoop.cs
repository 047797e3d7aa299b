using Scheduler.Rep.Logs;

namespace Scheduler.Rep.Health;

/// <summary>Readiness checks of a running container. Readiness may change at any time and never ends the container.</summary>
internal sealed class ReadinessLoop(
    IReadOnlyList<HealthCheck> checks,
    HealthTimes times,
    TimeProvider time,
    ContainerLog log,
    string logSource
)
{
    /// <param name="ready">The readiness last reported; false for a new container.</param>
    /// <param name="changed">Called with each change.</param>
    public async Task RunAsync(bool ready, Func<bool, Task> changed, CancellationToken detach)
    {
        var beganAt = time.GetUtcNow();
        var wasReady = ready;
        while (true)
        {
            var failures = await Task.WhenAll(checks.Select(check => check.AttemptAsync(detach)));
            var failure = Array.Find(failures, failure => failure is not null);
            if (failure is null != ready)
            {
                ready = !ready;
                log.Say(
                    logSource,
                    Runtime.LogStream.Stdout,
                    ready
                        ? "Container passed the readiness health check. Container marked ready and added to route pool."
                        : $"Container failed the readiness health check. Container marked not ready and removed from route pool. {failure}"
                );
                await changed(ready);
            }

            wasReady |= ready;
            var pause =
                ready ? checks.Select(check => check.Interval ?? times.Healthy).Min()
                : wasReady ? times.Unhealthy
                : times.PauseAfter(time.GetUtcNow() - beganAt);
            await Task.Delay(pause, time, detach);
        }
    }
}

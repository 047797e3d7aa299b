using Scheduler.Rep.Logs;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Health;

/// <summary>Health checks of a container: until it first becomes healthy, then until it becomes unhealthy.</summary>
internal sealed class LivenessLoop(
    IReadOnlyList<HealthCheck> checks,
    HealthTimes times,
    TimeProvider time,
    ContainerLog log,
    string logSource
)
{
    /// <summary>Returns null once all checks have passed, or the reason why they did not.</summary>
    /// <param name="firstAttemptAt">Time of the container's first attempt, by this rep or an earlier one.</param>
    public async Task<string?> BecomesHealthyAsync(DateTimeOffset firstAttemptAt, CancellationToken detach)
    {
        Say("Starting health monitoring of container");
        if (times.Monitored)
            await Task.Delay(times.Unhealthy, time, detach);

        var pending = checks.ToList();
        while (pending.Count > 0)
        {
            var failures = await Task.WhenAll(pending.Select(check => check.AttemptAsync(detach)));
            pending = [.. pending.Where((_, i) => failures[i] is not null)];
            if (pending.Count == 0)
                break;

            var waited = time.GetUtcNow() - firstAttemptAt;
            var wait = times.PauseAfter(waited);
            if (times.StartTimeout > TimeSpan.Zero)
            {
                var remaining = times.StartTimeout - waited;
                if (remaining <= TimeSpan.Zero)
                {
                    var limit = GoDuration.Format(times.StartTimeout);
                    Say($"Timed out after {limit}: health check never passed.");
                    return $"Instance never healthy after {limit}: {failures.First(failure => failure is not null)}";
                }

                if (remaining < wait)
                    wait = remaining;
            }

            await Task.Delay(wait, time, detach);
        }

        Say("Container became healthy");
        return null;
    }

    /// <summary>Returns why the container became unhealthy; one failed attempt is enough.</summary>
    public async Task<string> BecomesUnhealthyAsync(CancellationToken detach)
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(detach);
        var watches = checks.Select(check => WatchAsync(check, others.Token)).ToArray();
        // The list of declared checks may be empty; then this never returns.
        if (watches.Length == 0)
            await Task.Delay(Timeout.InfiniteTimeSpan, time, detach);
        var first = await Task.WhenAny(watches);
        others.Cancel();
        await Task.WhenAll(watches.Select(Waits.EndAsync));
        detach.ThrowIfCancellationRequested();
        Say("Container became unhealthy");
        return $"Instance became unhealthy: {await first}";
    }

    private async Task<string> WatchAsync(HealthCheck check, CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(check.Interval ?? times.Healthy, time, cancellation);
            if (await check.AttemptAsync(cancellation) is { } failure)
                return failure;
        }
    }

    private void Say(string line) => log.Say(logSource, Runtime.LogStream.Stdout, line);
}

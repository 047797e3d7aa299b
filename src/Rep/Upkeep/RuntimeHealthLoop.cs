using Microsoft.Extensions.Logging;
using Scheduler.Models;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Upkeep;

/// <summary>
/// The health check of the container runtime: at start, periodically, and soon after a failed container creation. While it fails the
/// cell accepts no work: every start would fail, and the empty cell would attract more work. Running containers are not affected.
/// </summary>
internal sealed class RuntimeHealthLoop(
    CellLoop cell,
    IContainerRuntime runtime,
    RepOptions options,
    TimeProvider time,
    RepMetrics metrics,
    ILogger logger
)
{
    // A starting cell must announce its containers before the BBS declares it lost, so it does not wait longer for a runtime that hangs.
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(5);

    private static readonly ProcessSpec Probe = new() { Path = "/bin/sh", Args = ["-c", "ls > /tmp/test"] };

    private TaskCompletionSource _requested = NotRequested();
    private Task? _underWay;
    private bool _isHealthy = true;

    private bool IsOff => options.HealthCheckRootFs.Length == 0;

    /// <summary>
    /// Requests a check after a container could not be created; at least <see cref="RepOptions.HealthCheckRetry"/> after the previous one.
    /// </summary>
    public void RequestHealthCheck() => Volatile.Read(ref _requested).TrySetResult();

    /// <summary>The first check, before the cell's loop runs.</summary>
    /// <returns>Whether the cell may accept work. Also false if the check does not end soon; it is then repeated.</returns>
    public Task<bool> BeginAsync(CancellationToken cancellation) => IsOff ? Task.FromResult(true) : PassesAsync(FirstWait, cancellation);

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (!IsOff)
        {
            // A check for which the cell did not wait counts as soon as it ends: a slow engine must not cost a cell half a minute.
            if (_underWay is { } slow)
                await Waits.EndsWithinAsync(slow, options.HealthCheckRetry, time, cancellation);
            else
                await Task.Delay(options.HealthCheckRetry, time, cancellation);
            if (_isHealthy)
                await Waits.EndsWithinAsync(_requested.Task, options.HealthCheckInterval - options.HealthCheckRetry, time, cancellation);
            Volatile.Write(ref _requested, NotRequested());
            await cell.SetHealthyAsync(await PassesAsync(options.HealthCheckTimeout, cancellation));
        }
    }

    private async Task<bool> PassesAsync(TimeSpan limit, CancellationToken cancellation)
    {
        // While a check hangs, do not start a second one.
        var check = _underWay ??= CheckAsync(cancellation);
        var hasEnded = await Waits.EndsWithinAsync(check, limit, time, cancellation);
        if (hasEnded)
            _underWay = null;
        var failure = hasEnded ? check.Failure() : new TimeoutException($"the health check did not finish within {limit}");
        cancellation.ThrowIfCancellationRequested();
        if (failure is not null)
            logger.RuntimeUnhealthy(options.CellId, failure);
        else if (!_isHealthy)
            logger.RuntimeHealthy(options.CellId);
        _isHealthy = failure is null;
        metrics.RuntimeHealth(_isHealthy);
        return _isHealthy;
    }

    // Asynchronous continuations: the caller that requests a check must not run it.
    private static TaskCompletionSource NotRequested() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task CheckAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(options.HealthCheckTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            await runtime.CheckHealthAsync(options.HealthCheckRootFs, Probe, either.Token);
        }
        catch (OperationCanceledException cancelled) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the health check did not finish within {options.HealthCheckTimeout}", cancelled);
        }
    }
}

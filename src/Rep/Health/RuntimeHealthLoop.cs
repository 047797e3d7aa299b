using Microsoft.Extensions.Logging;
using Scheduler.Rep.Cell;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Health;

/// <summary>Tries the container runtime itself from time to time. While it fails no work is taken; what runs goes on.</summary>
internal sealed class RuntimeHealthLoop(CellLoop cell, IContainerRuntime runtime, RepOptions options, TimeProvider time, RepMetrics metrics, ILogger logger)
{
    private static readonly ProcessSpec Probe = new() { Path = "/bin/sh", Args = ["-c", "ls > /tmp/test"] };

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (options.HealthCheckRootFs.Length > 0)
        {
            await Task.Delay(options.HealthCheckInterval, time, cancellation);
            await CheckOnceAsync(cancellation);
        }
    }

    public async Task CheckOnceAsync(CancellationToken cancellation)
    {
        var healthy = true;
        try
        {
            await runtime.CheckHealthAsync(options.HealthCheckRootFs, Probe, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            healthy = false;
            logger.RuntimeUnhealthy(options.CellId, failure);
        }

        metrics.RuntimeHealth(healthy);
        await cell.SetHealthyAsync(healthy);
    }
}

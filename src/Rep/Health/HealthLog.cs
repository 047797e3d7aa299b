using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Health;

internal static partial class HealthLog
{
    [LoggerMessage(LogLevel.Error, "The container runtime of cell {CellId} fails its health check (--health-check-rootfs); no work is taken until it passes")]
    public static partial void RuntimeUnhealthy(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Information, "The container runtime of cell {CellId} passes its health check again")]
    public static partial void RuntimeHealthy(this ILogger logger, string cellId);
}

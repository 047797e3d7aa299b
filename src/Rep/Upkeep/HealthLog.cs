using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Upkeep;

internal static partial class HealthLog
{
    [LoggerMessage(LogLevel.Error,
        "Container runtime of cell {CellId} failed its health check (--health-check-rootfs); the cell accepts no work until it passes")]
    public static partial void RuntimeUnhealthy(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Information, "Container runtime of cell {CellId} passed its health check again; the cell accepts work")]
    public static partial void RuntimeHealthy(this ILogger logger, string cellId);
}

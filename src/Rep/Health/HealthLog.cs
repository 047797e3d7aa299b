using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Health;

internal static partial class HealthLog
{
    [LoggerMessage(LogLevel.Error, "The container runtime of cell {CellId} fails its health check; no work is taken until it passes")]
    public static partial void RuntimeUnhealthy(this ILogger logger, string cellId, Exception failure);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Evacuation;

internal static partial class EvacuationLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} started to evacuate")]
    public static partial void EvacuationBegun(this ILogger logger, string cellId);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} did not finish evacuating in time; it stops the {Stranded} instances that are left")]
    public static partial void EvacuationTimedOut(this ILogger logger, string cellId, int stranded);

    [LoggerMessage(LogLevel.Information, "Cell {CellId} finished evacuating")]
    public static partial void EvacuationDone(this ILogger logger, string cellId);
}

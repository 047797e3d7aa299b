using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Evacuation;

internal static partial class EvacuationLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} evacuates")]
    public static partial void EvacuationBegun(this ILogger logger, string cellId);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} was not empty in time: {Stranded} instances are stopped")]
    public static partial void EvacuationTimedOut(this ILogger logger, string cellId, int stranded);

    [LoggerMessage(LogLevel.Information, "Cell {CellId} is evacuated")]
    public static partial void EvacuationDone(this ILogger logger, string cellId);
}

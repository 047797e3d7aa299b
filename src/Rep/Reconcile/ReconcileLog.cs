using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Reconcile;

internal static partial class ReconcileLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} could not compare itself with the BBS: {Reason}")]
    public static partial void SyncFailed(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Information, "Cell {CellId}: {Repair} failed: {Reason}")]
    public static partial void RepairFailed(this ILogger logger, string cellId, Repair repair, string reason);

    [LoggerMessage(LogLevel.Warning, "The BBS has {Guid} on cell {CellId}, where no such container is")]
    public static partial void RowWithoutContainer(this ILogger logger, string cellId, string guid);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} could not compare its books with the container runtime's")]
    public static partial void ReapFailed(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} destroys container {ContainerGuid}, of which nothing is known")]
    public static partial void UnknownContainer(this ILogger logger, string cellId, string containerGuid);
}

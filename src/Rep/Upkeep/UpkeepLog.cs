using Microsoft.Extensions.Logging;
using Scheduler.Rep.Reconcile;

namespace Scheduler.Rep.Upkeep;

internal static partial class UpkeepLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} could not reconcile with the BBS; the next reconciliation retries: {Reason}")]
    public static partial void SyncFailed(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Information, "Cell {CellId} could not carry out {Repair}; the next reconciliation retries: {Reason}")]
    public static partial void RepairFailed(this ILogger logger, string cellId, Repair repair, string reason);

    [LoggerMessage(LogLevel.Warning, "The BBS lists {Guid} on cell {CellId}, which has no such container; the cell reports it as gone")]
    public static partial void RowWithoutContainer(this ILogger logger, string cellId, string guid);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} could not compare its records with the runtime's containers; it retries later")]
    public static partial void ReapFailed(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} destroys container {ContainerGuid}, which it has no record of")]
    public static partial void UnknownContainer(this ILogger logger, string cellId, string containerGuid);

    [LoggerMessage(
        LogLevel.Error,
        "Container runtime of cell {CellId} failed its health check (--health-check-rootfs); the cell accepts no work until it passes"
    )]
    public static partial void RuntimeUnhealthy(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Information, "Container runtime of cell {CellId} passed its health check again; the cell accepts work")]
    public static partial void RuntimeHealthy(this ILogger logger, string cellId);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Presence;

internal static partial class PresenceLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} is known to the BBS")]
    public static partial void Announced(this ILogger logger, string cellId);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} cannot be announced: {Reason}")]
    public static partial void NotAnnounced(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Warning, "Another rep says that it is cell {CellId}: {Reason}")]
    public static partial void CellIdTaken(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} could not be withdrawn; its presence will run out: {Reason}")]
    public static partial void NotWithdrawn(this ILogger logger, string cellId, string reason);
}

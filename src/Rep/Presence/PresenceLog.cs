using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Presence;

internal static partial class PresenceLog
{
    [LoggerMessage(LogLevel.Information, "Cell {CellId} announced its presence to the BBS")]
    public static partial void Announced(this ILogger logger, string cellId);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} could not announce its presence to the BBS; it retries: {Reason}")]
    public static partial void NotAnnounced(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Warning, "Cell ID {CellId} is in use by another rep; give each rep its own ID: {Reason}")]
    public static partial void CellIdTaken(this ILogger logger, string cellId, string reason);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} could not withdraw its presence, which now remains until it expires: {Reason}")]
    public static partial void NotWithdrawn(this ILogger logger, string cellId, string reason);
}

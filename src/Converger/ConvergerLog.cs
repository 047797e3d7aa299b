using Microsoft.Extensions.Logging;
using Scheduler.Converger.Picture;

namespace Scheduler.Converger;

internal static partial class ConvergerLog
{
    [LoggerMessage(LogLevel.Information, "The picture is complete: {Slots} instances, {Tasks} tasks, {Cells} cells present")]
    public static partial void SnapshotComplete(this ILogger logger, int slots, int tasks, int cells);

    [LoggerMessage(LogLevel.Warning, "The event stream ended at revision {Revision}: {Why}")]
    public static partial void StreamLost(this ILogger logger, string why, ulong revision);

    [LoggerMessage(LogLevel.Information, "The BBS no longer holds revision {Revision}; taking a new snapshot")]
    public static partial void RevisionGone(this ILogger logger, ulong revision);

    [LoggerMessage(LogLevel.Error, "{Kind}: {Row}: {Why}")]
    public static partial void Contradiction(this ILogger logger, ContradictionKind kind, string row, string why);

    [LoggerMessage(LogLevel.Error, "Undecidable: {Row}: the rules failed on it; it is left alone")]
    public static partial void Undecidable(this ILogger logger, Exception exception, string row);

    [LoggerMessage(LogLevel.Error, "{Count} contradictions since the last snapshot or audit; further ones are counted and not named")]
    public static partial void ContradictionsNotNamed(this ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "{Kind} {Subject}: {Reason}")]
    public static partial void CommandDone(this ILogger logger, string kind, string subject, string reason);

    [LoggerMessage(LogLevel.Debug, "{Kind} {Subject} came too late: {Why}")]
    public static partial void CommandStale(this ILogger logger, string kind, string subject, string why);

    [LoggerMessage(LogLevel.Warning, "{Kind} {Subject} was refused: {Why}")]
    public static partial void CommandRefused(this ILogger logger, string kind, string subject, string why);

    [LoggerMessage(LogLevel.Warning, "{Count} commands did not reach the BBS and are decided again: {Why}")]
    public static partial void NotDelivered(this ILogger logger, int count, string why);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} is lost; what ran there is replaced")]
    public static partial void CellLost(this ILogger logger, string cellId);

    [LoggerMessage(LogLevel.Error, "{Unheard} cells went at once and {Present} are left: they are given up one by one, at {PerSecond} a second")]
    public static partial void LossPaced(this ILogger logger, int unheard, int present, double perSecond);

    [LoggerMessage(LogLevel.Error, "{Unheard} cells are not heard of and {Present} are: none is given up for {Seconds} s")]
    public static partial void LossHeld(this ILogger logger, int unheard, int present, double seconds);

    [LoggerMessage(LogLevel.Information, "Every absent cell is back, given up or kept; losses are no longer paced or held")]
    public static partial void LossAtOnce(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "The BBS could not be told how cells are given up; it is told again: {Why}")]
    public static partial void LossNotReported(this ILogger logger, string why);

    [LoggerMessage(LogLevel.Error, "The audit found {Missed} things to do that no event or timer had shown")]
    public static partial void AuditFound(this ILogger logger, int missed);
}

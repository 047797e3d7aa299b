using Microsoft.Extensions.Logging;
using Scheduler.Converger.Model;

namespace Scheduler.Converger;

internal static partial class ConvergerLog
{
    [LoggerMessage(LogLevel.Information, "Loaded a full snapshot: {Slots} instances, {Tasks} tasks, {Cells} cells present")]
    public static partial void SnapshotComplete(this ILogger logger, int slots, int tasks, int cells);

    [LoggerMessage(LogLevel.Error, "{Kind}: {Row}: {Why}")]
    public static partial void Contradiction(this ILogger logger, ContradictionKind kind, string row, string why);

    [LoggerMessage(LogLevel.Error, "Undecidable: {Row}: a convergence rule threw an exception; nothing is done about it")]
    public static partial void Undecidable(this ILogger logger, Exception exception, string row);

    [LoggerMessage(
        LogLevel.Error,
        "More than {Count} contradictions since the last snapshot or audit; further ones are counted but not logged"
    )]
    public static partial void ContradictionsNotNamed(this ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "{Kind} {Subject}: {Reason}")]
    public static partial void CommandDone(this ILogger logger, string kind, string subject, string reason);

    [LoggerMessage(LogLevel.Debug, "{Kind} {Subject} was outdated by a newer change and was not applied: {Why}")]
    public static partial void CommandStale(this ILogger logger, string kind, string subject, string why);

    [LoggerMessage(LogLevel.Warning, "{Kind} {Subject} was refused: {Why}")]
    public static partial void CommandRefused(this ILogger logger, string kind, string subject, string why);

    [LoggerMessage(LogLevel.Warning, "{Count} commands may not have reached the BBS; they are decided again: {Why}")]
    public static partial void NotDelivered(this ILogger logger, int count, string why);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} is lost; its instances are being replaced and its running tasks fail")]
    public static partial void CellLost(this ILogger logger, string cellId);

    [LoggerMessage(
        LogLevel.Error,
        "{Unheard} cells disappeared at once and {Present} are present; they are given up one by one, {PerSecond} per second. To decide "
            + "otherwise, run scheduler cell keep or scheduler cell lose"
    )]
    public static partial void LossPaced(this ILogger logger, int unheard, int present, double perSecond);

    [LoggerMessage(LogLevel.Error, "{Unheard} cells are unheard and {Present} are present; none is given up for {Seconds} s")]
    public static partial void LossHeld(this ILogger logger, int unheard, int present, double seconds);

    [LoggerMessage(LogLevel.Information, "Every absent cell has returned, was given up or is kept; losses are no longer paced or held")]
    public static partial void LossAtOnce(this ILogger logger);

    [LoggerMessage(LogLevel.Warning, "Loss status could not be reported to the BBS; retrying: {Why}")]
    public static partial void LossNotReported(this ILogger logger, string why);

    [LoggerMessage(
        LogLevel.Error,
        "Audit found {Missed} commands that no event or timer had triggered; they are sent now, but this is a bug"
    )]
    public static partial void AuditFound(this ILogger logger, int missed);
}

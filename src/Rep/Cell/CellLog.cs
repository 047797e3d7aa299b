using Microsoft.Extensions.Logging;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Reports;

namespace Scheduler.Rep.Cell;

internal static partial class CellLog
{
    [LoggerMessage(LogLevel.Error, "A step of cell {CellId} failed")]
    public static partial void StepFailed(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(LogLevel.Error, "Nobody runs container {ContainerGuid} any more: it counts as failed")]
    public static partial void RunLost(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Information, "Container {ContainerGuid} completed (stopped: {Stopped}): {Reason}")]
    public static partial void Completed(this ILogger logger, string containerGuid, bool stopped, string reason);

    [LoggerMessage(LogLevel.Information, "Report {Report} of container {ContainerGuid}: {Answer}, {Message}")]
    public static partial void NotTaken(this ILogger logger, string containerGuid, Report report, AnswerKind answer, string message);

    [LoggerMessage(LogLevel.Warning, "Container {ContainerGuid} could not be destroyed; that is tried again")]
    public static partial void DestroyFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Journal of container {ContainerGuid} could not be written; a restart of this rep would not know its last change")]
    public static partial void JournalFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Error, "What container {ContainerGuid} was to run cannot be read")]
    public static partial void WorkUnreadable(this ILogger logger, string containerGuid, Exception failure);
}

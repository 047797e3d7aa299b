using Microsoft.Extensions.Logging;
using Scheduler.Rep.Bbs;
using Scheduler.Rep.Reports;

namespace Scheduler.Rep.Cell;

internal static partial class CellLog
{
    [LoggerMessage(LogLevel.Error, "Cell {CellId} hit an unexpected error in a background operation; the cell continues")]
    public static partial void StepFailed(this ILogger logger, string cellId, Exception failure);

    [LoggerMessage(
        LogLevel.Error,
        "Container {ContainerGuid} is no longer supervised because of an internal error; it is treated as failed"
    )]
    public static partial void RunLost(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Information, "Container {ContainerGuid} completed (stopped: {Stopped}): {Reason}")]
    public static partial void Completed(this ILogger logger, string containerGuid, bool stopped, string reason);

    [LoggerMessage(LogLevel.Information, "Report {Report} about container {ContainerGuid} was not accepted: {Answer}, {Message}")]
    public static partial void NotTaken(this ILogger logger, string containerGuid, Report report, AnswerKind answer, string message);

    [LoggerMessage(LogLevel.Warning, "Container {ContainerGuid} could not be destroyed; the cell retries")]
    public static partial void DestroyFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(
        LogLevel.Warning,
        "Journal of container {ContainerGuid} could not be written; if the rep restarts now, it loses the container's last change"
    )]
    public static partial void JournalFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(
        LogLevel.Error,
        "Definition of container {ContainerGuid} could not be read from the journal; unless it has completed, it is treated as failed"
    )]
    public static partial void WorkUnreadable(this ILogger logger, string containerGuid, Exception failure);
}

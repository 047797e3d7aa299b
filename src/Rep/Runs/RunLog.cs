using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runs;

internal static partial class RunLog
{
    [LoggerMessage(LogLevel.Error, "Container {ContainerGuid} failed because of an unexpected error in the rep")]
    public static partial void RunFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Warning, "The end of the log of container {ContainerGuid} could not be kept")]
    public static partial void LogNotKept(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Information, "Result file of task {ContainerGuid} could not be read: {Reason}")]
    public static partial void NoResult(this ILogger logger, string containerGuid, string reason);
}

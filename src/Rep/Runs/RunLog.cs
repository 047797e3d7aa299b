using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runs;

internal static partial class RunLog
{
    [LoggerMessage(LogLevel.Error, "Run of container {ContainerGuid} broke off")]
    public static partial void RunFailed(this ILogger logger, string containerGuid, Exception failure);

    [LoggerMessage(LogLevel.Information, "Result of task {ContainerGuid} could not be read: {Reason}")]
    public static partial void NoResult(this ILogger logger, string containerGuid, string reason);
}

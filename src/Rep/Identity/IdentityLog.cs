using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Identity;

internal static partial class IdentityLog
{
    [LoggerMessage(LogLevel.Debug, "The certificate of container {ContainerGuid} was renewed; the next one is due at {Due}")]
    public static partial void Renewed(this ILogger logger, string containerGuid, DateTimeOffset due);

    [LoggerMessage(LogLevel.Error, "The certificate of container {ContainerGuid} could not be renewed; it will be tried again")]
    public static partial void NotRenewed(this ILogger logger, string containerGuid, Exception failure);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Router;

internal static partial class RouterLog
{
    [LoggerMessage(LogLevel.Information, "Routing requests at {Urls}")]
    public static partial void Listening(this ILogger logger, string urls);

    [LoggerMessage(
        LogLevel.Information,
        "Draining: not ready any more, listening for another {Wait}, then up to {Limit} for requests under way"
    )]
    public static partial void Draining(this ILogger logger, TimeSpan wait, TimeSpan limit);

    [LoggerMessage(
        LogLevel.Warning,
        "A message on {Subject} is ignored: {Reason}. Later ones are counted as RegistryMessagesRefused without a log line"
    )]
    public static partial void MessageRefused(this ILogger logger, string subject, string reason);

    [LoggerMessage(LogLevel.Warning, "The routing table is full; further routes are counted as RoutesRefused without a log line")]
    public static partial void TableFull(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "Dropped {Count} endpoints that were not registered again in time")]
    public static partial void Pruned(this ILogger logger, int count);

    [LoggerMessage(LogLevel.Debug, "{Endpoint} of {Route} failed and is set aside: {Reason}")]
    public static partial void SetAside(this ILogger logger, string endpoint, string route, string reason);

    [LoggerMessage(LogLevel.Warning, "The access log cannot be written: {Reason}. Lines are counted as AccessLinesLost")]
    public static partial void AccessLogFailed(this ILogger logger, string reason);

    [LoggerMessage(LogLevel.Information, "New connections get the new certificate of {Subject}, valid until {Until:u}")]
    public static partial void CertificateReplaced(this ILogger logger, string subject, DateTime until);

    [LoggerMessage(LogLevel.Warning, "The certificate stays as it is, because its files have changed and are not valid: {Reason}")]
    public static partial void CertificateKept(this ILogger logger, string reason);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.RouteEmitter;

internal static partial class RouteEmitterLog
{
    [LoggerMessage(LogLevel.Warning, "Routes of {ProcessGuid} under {RouteKey} are not readable and count as none")]
    public static partial void RoutesUnreadable(this ILogger logger, string processGuid, string routeKey);

    [LoggerMessage(LogLevel.Information, "Connected to NATS at {Host}:{Port}")]
    public static partial void NatsConnected(this ILogger logger, string host, int port);

    [LoggerMessage(LogLevel.Warning, "No NATS at {Host}:{Port}: {Reason}; trying again until there is")]
    public static partial void NatsLost(this ILogger logger, string host, int port, string reason);

    [LoggerMessage(LogLevel.Warning, "NATS at {Host}:{Port} says: {Complaint}")]
    public static partial void NatsComplains(this ILogger logger, string host, int port, string complaint);

    [LoggerMessage(LogLevel.Warning, "A message on {Subject} has {Bytes} bytes and NATS takes {Limit}: it is dropped, as all that are too large for this connection will be")]
    public static partial void MessageTooLarge(this ILogger logger, string subject, int bytes, int limit);

    [LoggerMessage(LogLevel.Information, "No NATS is configured: routes are kept but not published")]
    public static partial void NotPublishing(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "A router answered on {Subject}: registering every {Interval}")]
    public static partial void RouterGreeted(this ILogger logger, string subject, TimeSpan interval);

    [LoggerMessage(LogLevel.Warning, "No router answered {Attempts} greetings on {Subject}; waiting for one to start, registering every {Interval} meanwhile")]
    public static partial void NoRouterAnswers(this ILogger logger, string subject, int attempts, TimeSpan interval);

    [LoggerMessage(LogLevel.Warning, "A greeting on {Subject} is not readable and ignored: {Reason}")]
    public static partial void GreetingUnreadable(this ILogger logger, string subject, string reason);

    [LoggerMessage(LogLevel.Debug, "Registered {Count} routes on {Subject}")]
    public static partial void Registered(this ILogger logger, int count, string subject);

    [LoggerMessage(LogLevel.Information, "Routing table loaded at revision {Revision}: {HttpRoutes} HTTP and {InternalRoutes} internal routes; {Registered} to register, {Unregistered} to unregister")]
    public static partial void TableLoaded(this ILogger logger, ulong revision, int httpRoutes, int internalRoutes, int registered, int unregistered);

    [LoggerMessage(LogLevel.Warning, "The event stream ended: {Reason}; resuming after revision {Revision}")]
    public static partial void StreamLost(this ILogger logger, string reason, ulong revision);

    [LoggerMessage(LogLevel.Warning, "The BBS no longer holds events after revision {Revision}: taking a new snapshot")]
    public static partial void RevisionGone(this ILogger logger, ulong revision);

    [LoggerMessage(LogLevel.Warning, "Two instances claim one address ({Count} pairs in this change)")]
    public static partial void AddressCollision(this ILogger logger, int count);
}

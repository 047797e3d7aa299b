using Microsoft.Extensions.Logging;

namespace Scheduler.RouteEmitter;

internal static partial class RouteEmitterLog
{
    [LoggerMessage(LogLevel.Warning, "Routes of {ProcessGuid} under {RouteKey} could not be parsed; it gets none of them")]
    public static partial void RoutesUnreadable(this ILogger logger, string processGuid, string routeKey);

    [LoggerMessage(LogLevel.Information, "NATS is not configured; routes are computed but not published")]
    public static partial void NotPublishing(this ILogger logger);

    [LoggerMessage(LogLevel.Information, "Router answered on {Subject}; registering all routes every {Interval}")]
    public static partial void RouterGreeted(this ILogger logger, string subject, TimeSpan interval);

    [LoggerMessage(
        LogLevel.Warning,
        "No router answered {Attempts} greetings on {Subject}; registering all routes every {Interval} until one starts"
    )]
    public static partial void NoRouterAnswers(this ILogger logger, string subject, int attempts, TimeSpan interval);

    [LoggerMessage(LogLevel.Warning, "Greeting on {Subject} could not be parsed and is ignored: {Reason}")]
    public static partial void GreetingUnreadable(this ILogger logger, string subject, string reason);

    [LoggerMessage(LogLevel.Debug, "Registered {Count} routes on {Subject}")]
    public static partial void Registered(this ILogger logger, int count, string subject);

    [LoggerMessage(
        LogLevel.Information,
        "Routing table loaded at revision {Revision}: {HttpRoutes} HTTP and {InternalRoutes} internal routes; {Registered} to register, {Unregistered} to unregister"
    )]
    public static partial void TableLoaded(
        this ILogger logger,
        ulong revision,
        int httpRoutes,
        int internalRoutes,
        int registered,
        int unregistered
    );

    [LoggerMessage(LogLevel.Warning, "Instances share an address ({Count} pairs in this change); requests may reach the wrong one")]
    public static partial void AddressCollision(this ILogger logger, int count);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Messaging;

internal static partial class MessagingLog
{
    [LoggerMessage(LogLevel.Information, "Connected to NATS at {Host}:{Port}")]
    public static partial void NatsConnected(this ILogger logger, string host, int port);

    [LoggerMessage(LogLevel.Warning, "Could not connect to NATS at {Host}:{Port}; retrying: {Reason}")]
    public static partial void NatsLost(this ILogger logger, string host, int port, string reason);

    [LoggerMessage(LogLevel.Warning, "NATS at {Host}:{Port} reported an error: {Complaint}")]
    public static partial void NatsComplains(this ILogger logger, string host, int port, string complaint);

    [LoggerMessage(
        LogLevel.Warning,
        "Dropped a message of {Bytes} bytes on {Subject}: the server's limit is {Limit}. Later messages that exceed it on this "
            + "connection are dropped without a log line"
    )]
    public static partial void MessageTooLarge(this ILogger logger, string subject, int bytes, int limit);
}

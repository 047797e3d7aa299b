using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server.Internal;

internal static partial class ServerLog
{
    [LoggerMessage(LogLevel.Error, "Error when executing service method '{Method}'.")]
    public static partial void MethodFailed(this ILogger logger, Exception exception, string method);

    [LoggerMessage(LogLevel.Debug, "'{Method}' ended with {StatusCode}: {Detail}")]
    public static partial void CallEnded(this ILogger logger, string method, StatusCode statusCode, string detail);

    [LoggerMessage(LogLevel.Debug, "'{Method}' was given up by its client.")]
    public static partial void CallAborted(this ILogger logger, string method);

    [LoggerMessage(LogLevel.Debug, "'{Method}' has passed its deadline.")]
    public static partial void DeadlinePassed(this ILogger logger, string method);

    [LoggerMessage(LogLevel.Debug, "The end of '{Method}' could not be written.")]
    public static partial void EndNotWritten(this ILogger logger, Exception exception, string method);
}

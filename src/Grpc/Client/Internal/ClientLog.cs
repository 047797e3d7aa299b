using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.Net.Client.Internal;

internal static partial class ClientLog
{
    [LoggerMessage(LogLevel.Debug, "A call ended with {StatusCode}: {Detail}")]
    public static partial void CallEnded(this ILogger logger, StatusCode statusCode, string detail);
}

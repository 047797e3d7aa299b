using Microsoft.Extensions.Logging;

namespace Scheduler.Hosting;

internal static partial class HostLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Part} ends by itself")]
    public static partial void EndedByItself(ILogger logger, Exception failure, string part);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Hosting;

internal static partial class HostLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Part} ends by itself")]
    public static partial void EndedByItself(ILogger logger, Exception failure, string part);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Part} listens on {Address} without TLS (--insecure): every process of this machine that reaches it may do anything, in anybody's name")]
    public static partial void Insecure(ILogger logger, string part, string address);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Part} listens on {Address} without TLS (--insecure), and other machines and containers reach that: ANYBODY there may do anything, in anybody's name, and become root on the cells. Give it --cert, --key and --ca")]
    public static partial void InsecureOffLoopback(ILogger logger, string part, string address);
}

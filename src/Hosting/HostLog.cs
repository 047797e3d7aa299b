using Microsoft.Extensions.Logging;

namespace Scheduler.Hosting;

internal static partial class HostLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Part} stopped unexpectedly")]
    public static partial void EndedByItself(ILogger logger, Exception failure, string part);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "{Part} listens on {Address} without TLS (--insecure): any process on this machine can call it under any identity"
    )]
    public static partial void Insecure(ILogger logger, string part, string address);

    [LoggerMessage(
        Level = LogLevel.Critical,
        Message = "{Part} listens on {Address} without TLS (--insecure), and other machines and containers can reach it: ANYONE there "
            + "can call it under any identity and become root on the cells. Set --cert, --key and --ca"
    )]
    public static partial void InsecureOffLoopback(ILogger logger, string part, string address);
}

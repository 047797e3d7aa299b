using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runtime.Containerd;

internal static partial class ContainerdLog
{
    [LoggerMessage(LogLevel.Information, "Containers are started by containerd {Version} at {Address}, in its namespace {Namespace}")]
    public static partial void ContainerdFound(this ILogger log, string version, string address, string @namespace);

    [LoggerMessage(LogLevel.Warning, "containerd cannot be asked for the end of process {Process}; trying again")]
    public static partial void WaitFailed(this ILogger log, Exception failure, string process);

    [LoggerMessage(LogLevel.Debug, "containerd does not forget process {Process}, which has ended; it will with the container")]
    public static partial void ProcessStays(this ILogger log, Exception failure, string process);
}

using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runtime.Runc;

internal static partial class RuntimeLog
{
    [LoggerMessage(LogLevel.Information, "Containers in {Directory}, network {Subnet} on bridge {Bridge}; {Count} containers found")]
    public static partial void RuntimeReady(this ILogger log, string directory, string subnet, string bridge, int count);

    [LoggerMessage(LogLevel.Debug, "Container {Handle} created at {Address} in {Milliseconds} ms")]
    public static partial void ContainerCreated(this ILogger log, string handle, string? address, double milliseconds);

    [LoggerMessage(LogLevel.Debug, "Container {Handle} destroyed")]
    public static partial void ContainerDestroyed(this ILogger log, string handle);

    [LoggerMessage(LogLevel.Warning, "Container {Handle} was made in part only and could not be removed; the next start tries again")]
    public static partial void RemnantStays(this ILogger log, Exception failure, string handle);

    [LoggerMessage(LogLevel.Warning, "Supervisor {Pid} of a process of container {Handle} does not end and was killed")]
    public static partial void SupervisorKilled(this ILogger log, string handle, int pid);

    [LoggerMessage(LogLevel.Warning, "Image layers that nobody uses could not be removed")]
    public static partial void LayersStay(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Information, "Removed unused image layers of {Bytes} bytes")]
    public static partial void LayersCollected(this ILogger log, long bytes);

    [LoggerMessage(LogLevel.Warning, "Looking after process supervisors failed")]
    public static partial void SupervisorCheckFailed(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Error, "A change of a process's files could not be followed; its supervisor check looks again")]
    public static partial void WatcherFailed(this ILogger log, Exception failure);
}

using Microsoft.Extensions.Logging;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Rep.Runtime.Runc;

internal static partial class RuntimeLog
{
    [LoggerMessage(LogLevel.Information, "Containers in {Directory}, network {Subnet} on bridge {Bridge}; {Count} containers found")]
    public static partial void RuntimeReady(this ILogger log, string directory, string subnet, string bridge, int count);

    [LoggerMessage(LogLevel.Warning, "NO USER NAMESPACES: root in a container is root on this machine, held only by what else is around it. Making a container with users of its own failed: {Reason}. --user-namespaces required would not start without; --user-namespaces off does not try")]
    public static partial void NoUserNamespaces(this ILogger log, string reason);

    [LoggerMessage(LogLevel.Warning, "User namespaces are switched off: root in a container is root on this machine, held only by what else is around it")]
    public static partial void UserNamespacesSwitchedOff(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "{Program} {Version} has published holes through which a container can reach the host: {Holes}. docs/security.md says what holds all the same; install a newer one")]
    public static partial void RuncHasHoles(this ILogger log, string program, Version version, string holes);

    [LoggerMessage(LogLevel.Warning, "The kernel has AppArmor, and its profile {Profile} is not loaded, so containers run without: apparmor_parser -r eng/apparmor/scheduler-default loads it, --apparmor none says that it is not wanted")]
    public static partial void NoAppArmorProfile(this ILogger log, string profile);

    [LoggerMessage(LogLevel.Information, "{Program} is not runc, or does not say its version: whether it has published holes is not known")]
    public static partial void RuntimeIsNotRunc(this ILogger log, string program);

    [LoggerMessage(LogLevel.Information, "Containers are held to their disk by: {Mode}")]
    public static partial void DisksHeld(this ILogger log, DiskQuotaMode mode);

    [LoggerMessage(LogLevel.Warning, "No container is kept from filling this cell's disk (--disk-quota {Mode}): one that writes more than it may takes the room from all others")]
    public static partial void DisksNotEnforced(this ILogger log, DiskQuotaMode mode);

    [LoggerMessage(LogLevel.Warning, "Container {Handle} has written {Bytes} bytes, of {Megabytes} MB that it may, and was killed")]
    public static partial void DiskExceeded(this ILogger log, string handle, long bytes, int megabytes);

    [LoggerMessage(LogLevel.Warning, "What container {Handle} has written could not be measured")]
    public static partial void DiskNotMeasured(this ILogger log, Exception failure, string handle);

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

    [LoggerMessage(LogLevel.Warning, "Somebody had changed the packet filter rules that confine containers; they are set again")]
    public static partial void RulesRestored(this ILogger log);

    [LoggerMessage(LogLevel.Error, "The packet filter rules that confine containers could not be checked")]
    public static partial void RulesCheckFailed(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Error, "A change of a process's files could not be followed; its supervisor check looks again")]
    public static partial void WatcherFailed(this ILogger log, Exception failure);
}

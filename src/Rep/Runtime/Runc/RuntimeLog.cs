using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runtime.Runc;

internal static partial class RuntimeLog
{
    [LoggerMessage(
        LogLevel.Information,
        "Container runtime is ready in {Directory}, with network {Subnet} on bridge {Bridge}; it found {Count} existing containers"
    )]
    public static partial void RuntimeReady(this ILogger log, string directory, string subnet, string bridge, int count);

    [LoggerMessage(LogLevel.Information, "Image {Image} was pulled: {Bytes} bytes in {Seconds:0.0} s")]
    public static partial void ImagePulled(this ILogger log, string image, long bytes, double seconds);

    [LoggerMessage(
        LogLevel.Warning,
        "NO USER NAMESPACES: root in a container is root on this machine, confined only by the other sandbox layers. A test container "
            + "with a user namespace failed: {Reason}. Fix the cause, or set --user-namespaces off to accept the risk, or required to refuse "
            + "to start"
    )]
    public static partial void NoUserNamespaces(this ILogger log, string reason);

    [LoggerMessage(
        LogLevel.Warning,
        "User namespaces are disabled: root in a container is root on this machine, confined only by the other sandbox layers"
    )]
    public static partial void UserNamespacesSwitchedOff(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning,
        "{Program} {Version} has known vulnerabilities that let a container reach the host: {Holes}. Upgrade it; docs/security.md lists "
            + "the defences that still apply"
    )]
    public static partial void RuncHasHoles(this ILogger log, string program, Version version, string holes);

    [LoggerMessage(
        LogLevel.Warning,
        "AppArmor profile {Profile} is not loaded, so containers run without AppArmor. Load it with apparmor_parser -r "
            + "eng/apparmor/scheduler-default, or set --apparmor none to run without it"
    )]
    public static partial void NoAppArmorProfile(this ILogger log, string profile);

    [LoggerMessage(
        LogLevel.Information,
        "{Program} is not runc or does not report its version; it was not checked for known vulnerabilities"
    )]
    public static partial void RuntimeIsNotRunc(this ILogger log, string program);

    [LoggerMessage(LogLevel.Information, "Disk quota mode for containers is {Mode}")]
    public static partial void DisksHeld(this ILogger log, DiskQuotaMode mode);

    [LoggerMessage(
        LogLevel.Warning,
        "Disk limits are not enforced while a container writes (--disk-quota {Mode}): one that exceeds its limit can fill this cell's "
            + "disk for all others"
    )]
    public static partial void DisksNotEnforced(this ILogger log, DiskQuotaMode mode);

    [LoggerMessage(LogLevel.Warning, "Container {Handle} was killed: it wrote {Bytes} bytes and its disk limit is {Megabytes} MB")]
    public static partial void DiskExceeded(this ILogger log, string handle, long bytes, int megabytes);

    [LoggerMessage(LogLevel.Warning, "Disk use of container {Handle} could not be measured")]
    public static partial void DiskNotMeasured(this ILogger log, Exception failure, string handle);

    [LoggerMessage(LogLevel.Debug, "Container {Handle} created at {Address} in {Milliseconds} ms")]
    public static partial void ContainerCreated(this ILogger log, string handle, string? address, double milliseconds);

    [LoggerMessage(LogLevel.Debug, "Container {Handle} destroyed")]
    public static partial void ContainerDestroyed(this ILogger log, string handle);

    [LoggerMessage(
        LogLevel.Warning,
        "Container {Handle} was only partly created and could not be removed; the next start of the rep retries"
    )]
    public static partial void RemnantStays(this ILogger log, Exception failure, string handle);

    [LoggerMessage(LogLevel.Warning, "Supervisor {Pid} of a process in container {Handle} did not exit and was killed")]
    public static partial void SupervisorKilled(this ILogger log, string handle, int pid);

    [LoggerMessage(LogLevel.Warning, "Unused image layers could not be removed")]
    public static partial void LayersStay(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Information, "Removed unused image layers of {Bytes} bytes")]
    public static partial void LayersCollected(this ILogger log, long bytes);

    [LoggerMessage(LogLevel.Warning, "Process supervisors could not be checked; the next check retries")]
    public static partial void SupervisorCheckFailed(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Warning, "A command that a client ran in container {Handle} outlived the previous rep; it was killed")]
    public static partial void SessionEnded(this ILogger log, string handle);

    [LoggerMessage(LogLevel.Warning, "Packet filter rules that confine containers had been changed from outside; the cell restored them")]
    public static partial void RulesRestored(this ILogger log);

    [LoggerMessage(LogLevel.Error, "Packet filter rules that confine containers could not be checked")]
    public static partial void RulesCheckFailed(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Error, "Change notification for a process's files failed; the periodic supervisor check picks the change up")]
    public static partial void WatcherFailed(this ILogger log, Exception failure);

    [LoggerMessage(
        LogLevel.Warning,
        "Containers start more slowly: this machine cannot run the first process of a pid namespace that is made ahead"
    )]
    public static partial void NoPauseProcess(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Namespaces could not be prepared ahead of containers; the cell retries")]
    public static partial void NoSpareSandbox(this ILogger log, Exception failure);

    [LoggerMessage(LogLevel.Warning, "Prepared namespaces {Id} could not be removed; the next start of the rep retries")]
    public static partial void SandboxStays(this ILogger log, Exception failure, string id);

    [LoggerMessage(
        LogLevel.Warning,
        "The file system of volume {Source} has no id-mapped mounts: in container {Handle} its files belong to nobody, and only what every "
            + "user of the machine may do with them is allowed"
    )]
    public static partial void OwnersNotMapped(this ILogger log, string source, string handle);

    [LoggerMessage(
        LogLevel.Warning,
        "Containers cannot look up names: the host has no name server that they can reach, only ones on its own loopback or on IPv6. Name "
            + "one with --dns"
    )]
    public static partial void NoNameServers(this ILogger log);
}

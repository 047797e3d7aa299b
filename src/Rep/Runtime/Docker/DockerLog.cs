using Microsoft.Extensions.Logging;

namespace Scheduler.Rep.Runtime.Docker;

internal static partial class DockerLog
{
    [LoggerMessage(
        LogLevel.Information,
        "Docker runtime is ready at {Host} ({Version}), with network {Subnet} on bridge {Bridge}; it found {Count} existing containers"
    )]
    public static partial void EngineReady(this ILogger log, string host, string version, string subnet, string bridge, int count);

    [LoggerMessage(
        LogLevel.Warning,
        "The Docker engine does not keep containers when it restarts: set \"live-restore\": true in its daemon.json, or each restart of the "
            + "engine ends all containers of this cell"
    )]
    public static partial void NoLiveRestore(this ILogger log);

    [LoggerMessage(
        LogLevel.Warning,
        "Containers have no user namespaces with the docker runtime: root in a container is root on this machine, confined only by the other "
            + "sandbox layers"
    )]
    public static partial void NoUserNamespacesAtEngine(this ILogger log);

    [LoggerMessage(LogLevel.Warning, "Images that nothing needs could not be removed from the Docker engine")]
    public static partial void ImagesStay(this ILogger log, Exception failure);
}

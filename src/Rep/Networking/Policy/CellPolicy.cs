using System.Net;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>The network policy common to all containers of a cell.</summary>
/// <param name="Bridge">The bridge that connects the containers; the rule tables have its name.</param>
/// <param name="Subnet">The containers' subnet.</param>
/// <param name="Closed">Networks that no container can reach, whatever its egress rules: other containers, link-local, loopback,
/// multicast.</param>
/// <param name="DefaultAllows">Whether a container without egress rules reaches all other networks.</param>
/// <param name="PublishedPorts">Whether containers reach the mapped ports of this machine's containers.</param>
/// <param name="LogsPerSecond">Limit for the egress rules of one container together.</param>
internal sealed record CellPolicy(
    string Bridge,
    IPNetwork Subnet,
    IReadOnlyList<IPNetwork> Closed,
    bool DefaultAllows,
    bool PublishedPorts,
    int LogsPerSecond
)
{
    /// <summary>"This network", loopback, link-local (with the clouds' metadata services), multicast, reserved and broadcast.</summary>
    private static readonly string[] NobodysNetworks = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

    public static CellPolicy Of(string bridge, IPNetwork subnet, NetworkOptions options) =>
        new(
            bridge,
            subnet,
            [.. NobodysNetworks.Select(network => IPNetwork.Parse(network)), Subnets.Parse(options.Pool, "network.pool"), subnet],
            options.DefaultEgress == EgressDefault.Allow,
            options.PublishedPortsFromContainers,
            options.EgressLogsPerSecond
        );
}

/// <summary>The network policy of one container.</summary>
/// <param name="HostInterface">The host end of its interface pair. Null, like both hardware addresses, if an earlier rep did not record
/// it.</param>
/// <param name="Resolvers">Name servers; the container reaches their port 53 in any network.</param>
/// <param name="Ports">Host ports mapped to the container's ports.</param>
/// <param name="Group">The container exchanges packets with the cell's containers in the same group; null: with none.</param>
/// <param name="Egress">Egress rules; empty: the cell's default.</param>
internal sealed record ContainerPolicy(
    string Handle,
    IPAddress Address,
    string? HostInterface,
    string? Mac,
    string? BridgeMac,
    IReadOnlyList<IPAddress> Resolvers,
    IReadOnlyList<PortMapping> Ports,
    string? Group,
    IReadOnlyList<EgressRule> Egress
);

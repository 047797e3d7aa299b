using System.Net;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Networking.Policy;

/// <summary>What holds for all containers of a cell.</summary>
/// <param name="Bridge">The interface that joins them; the tables of the rules have its name.</param>
/// <param name="Subnet">Their addresses.</param>
/// <param name="Closed">Networks that no container reaches, whatever its egress rules say: other containers, link-local, loopback, multicast.</param>
/// <param name="DefaultAllows">Whether a container without egress rules reaches the rest of the world.</param>
/// <param name="PublishedPorts">Whether containers reach the mapped ports of this machine's containers.</param>
/// <param name="LogsPerSecond">Of one container's egress rules together.</param>
internal sealed record CellPolicy(string Bridge, IPNetwork Subnet, IReadOnlyList<IPNetwork> Closed, bool DefaultAllows, bool PublishedPorts, int LogsPerSecond)
{
    /// <summary>This network, loopback, link-local with the clouds' metadata services in it, multicast, reserved and broadcast.</summary>
    private static readonly string[] NobodysNetworks = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"];

    public static CellPolicy Of(string bridge, IPNetwork subnet, NetworkOptions options) => new(
        bridge, subnet, [.. NobodysNetworks.Select(network => IPNetwork.Parse(network)), Subnets.Parse(options.Pool, "network.pool"), subnet],
        options.DefaultEgress == EgressDefault.Allow, options.PublishedPortsFromContainers, options.EgressLogsPerSecond);
}

/// <summary>What holds for one container of it.</summary>
/// <param name="HostInterface">The host's end of its pair of interfaces. Null, with both hardware addresses: of a rep that did not write it down.</param>
/// <param name="Resolvers">Name servers; it reaches their port 53 wherever they are.</param>
/// <param name="Ports">The host's ports that lead to its own.</param>
/// <param name="Group">It exchanges packets with containers of the cell that have the same; null: with none.</param>
/// <param name="Egress">Empty: the cell's default.</param>
internal sealed record ContainerPolicy(
    string Handle, IPAddress Address, string? HostInterface, string? Mac, string? BridgeMac, IReadOnlyList<IPAddress> Resolvers,
    IReadOnlyList<PortMapping> Ports, string? Group, IReadOnlyList<EgressRule> Egress);

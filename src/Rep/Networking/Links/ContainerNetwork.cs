using System.Net;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Networking.Policy;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Links;

/// <summary>The data of a container that its rules depend on.</summary>
/// <param name="Resolvers">Its name servers.</param>
internal sealed record NetworkedContainer(
    ContainerSpec Spec,
    ContainerLink Link,
    IReadOnlyList<IPAddress> Resolvers,
    IReadOnlyList<PortMapping> Ports
);

/// <summary>The cell's container network: a bridge, a subnet, host ports, and a network namespace for each container.</summary>
internal sealed class ContainerNetwork
{
    private readonly string _directory;
    private readonly string _owner;
    private readonly AddressPool _addresses;
    private readonly CellBridge _bridge;
    private readonly PacketFilter _filter;
    private readonly CellFirewall _firewall;
    private readonly ContainerToContainer _containerToContainer;
    private readonly LeaseDirectory _subnetLeases;
    private readonly IPNetwork _subnet;

    /// <param name="directory">State directory of the network.</param>
    /// <param name="leases">Directory of the machine's leases, shared by all its cells.</param>
    /// <exception cref="ContainerRuntimeException">A program is missing, or no subnet is free.</exception>
    public ContainerNetwork(string directory, string leases, NetworkOptions options, Commands commands)
    {
        (_directory, _owner) = (directory, directory);
        Directory.CreateDirectory(Path.Combine(directory, "namespaces"));
        var iptables = Programs.Find("iptables", "iptables");
        var nft = Programs.Find("nft", "nftables");
        var ip = Programs.Find("ip", "iproute2");

        Bridge = options.Bridge ?? BridgeOf(directory);
        LeaseDirectory.Sweep(leases);
        _subnetLeases = new LeaseDirectory(leases, "subnets");
        var remembered = Path.Combine(directory, "subnet");
        _subnet = Subnets.Choose(options, File.Exists(remembered) ? File.ReadAllText(remembered) : null, _subnetLeases, _owner);
        File.WriteAllText(remembered, _subnet.ToString());

        Ports = new HostPorts(new LeaseDirectory(leases, "ports"), options.FirstHostPort, options.LastHostPort);
        _addresses = new AddressPool(_subnet, Path.Combine(directory, "addresses"));
        _bridge = new CellBridge(Bridge, _subnet, options.Mtu, ip, _addresses, commands);
        _filter = new PacketFilter(commands, iptables, Bridge, _subnet.ToString());
        _firewall = new CellFirewall(commands, nft, CellPolicy.Of(Bridge, _subnet, options));
        _containerToContainer = options.ContainerToContainer;
        Resolvers = ResolverSettings.Of(options);
    }

    public string Bridge { get; }

    public string Subnet => _subnet.ToString();

    public HostPorts Ports { get; }

    /// <summary>How containers look up names unless their specification says.</summary>
    public ResolverSettings Resolvers { get; }

    /// <summary>The default name of a cell's bridge.</summary>
    /// <param name="directory">State directory of the network.</param>
    public static string BridgeOf(string directory) =>
        "sch" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..10];

    public string NamespacePath(string container) => Path.Combine(_directory, "namespaces", container);

    /// <param name="make">Creates the namespace at the path if it must belong to a user namespace; null: it belongs to the host.</param>
    public async Task CreateNamespaceAsync(string container, Func<string, Task>? make = null)
    {
        var path = NamespacePath(container);
        if (make is null)
        {
            await NetworkNamespace.CreateAsync(path);
            return;
        }

        await make(path);
        await NetworkNamespace.SetUpAsync(path);
    }

    /// <summary>Holds an existing container's address. Call before anything is connected.</summary>
    /// <param name="id">The name of its namespace.</param>
    public void KeepAddress(string address, string id) => _addresses.Keep(address, NamespacePath(id));

    /// <summary>Sets all rules, for the existing containers. Call before anything is attached.</summary>
    /// <exception cref="ContainerRuntimeException">The packet filter rejected the rules.</exception>
    public async Task RestoreRulesAsync(IEnumerable<NetworkedContainer> containers, CancellationToken cancellation)
    {
        await _firewall.RestoreAsync(containers.Select(Policy), cancellation);
        await _filter.EnsureAsync(cancellation);
    }

    /// <summary>Restores rules that another program removed.</summary>
    /// <returns>False if any had been removed.</returns>
    public async Task<bool> CheckRulesAsync(CancellationToken cancellation)
    {
        await _filter.EnsureAsync(cancellation);
        return await _firewall.CheckAsync(cancellation);
    }

    /// <summary>
    /// Connects namespaces to the bridge and gives each an address. They have no rules yet, so no process of a container may run in them.
    /// </summary>
    /// <param name="ids">The names under which they were created.</param>
    public Task<IReadOnlyList<ContainerLink>> ConnectAsync(IEnumerable<string> ids, CancellationToken cancellation) =>
        _bridge.ConnectAsync([.. ids.Select(NamespacePath)], cancellation);

    /// <summary>Sets the rules of a connected container and maps its ports. Its own processes must not start earlier.</summary>
    /// <param name="resolvers">Its name servers.</param>
    public async Task AdmitAsync(
        ContainerSpec spec,
        ContainerLink link,
        IReadOnlyList<IPAddress> resolvers,
        IReadOnlyList<PortMapping> ports,
        CancellationToken cancellation
    )
    {
        var policy = Policy(new NetworkedContainer(spec, link, resolvers, ports));
        if (policy.Group is not null)
            SetOnBridge("proxy_arp_pvlan"); // the host answers ARP for the peers: see Policy/README.md
        if (ports.Count > 0)
            SetOnBridge("route_localnet"); // otherwise packets from the host's own 127.0.0.1 could not reach a container
        await _firewall.AdmitAsync(policy, cancellation);
    }

    /// <summary>
    /// Undoes <see cref="AdmitAsync"/> and <see cref="ConnectAsync"/>, complete or not, and removes the namespace.
    /// </summary>
    /// <param name="handle">The container.</param>
    /// <param name="id">Its namespace.</param>
    public async Task DetachAsync(string handle, string id, CancellationToken cancellation)
    {
        // Undo in reverse order, outside first: no packet may reach an address that may already belong to another container.
        await _firewall.UnpublishAsync(handle, cancellation);
        _bridge.Disconnect(NamespacePath(id));
        await _firewall.DismissAsync(handle, cancellation);
        _bridge.Forget(NamespacePath(id));
    }

    /// <summary>Undoes <see cref="ConnectAsync"/>, complete or not, for a namespace without rules, and removes the namespace.</summary>
    public void Disconnect(string id)
    {
        _bridge.Disconnect(NamespacePath(id));
        _bridge.Forget(NamespacePath(id));
    }

    /// <summary>Removes what the containers shared. Call only when no container is left.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        await _bridge.RemoveAsync(cancellation);
        await _firewall.RemoveAsync(cancellation);
        await _filter.RemoveAsync(cancellation);
        Subnets.Release(_subnet, _subnetLeases, _owner);
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private ContainerPolicy Policy(NetworkedContainer container)
    {
        var (spec, link) = (container.Spec, container.Link);
        return new(
            spec.Handle,
            IPAddress.Parse(link.Address),
            link.HostInterface,
            link.Mac,
            link.BridgeMac,
            container.Resolvers,
            container.Ports,
            PeerGroups.Of(spec.Properties, _containerToContainer),
            spec.Egress ?? []
        );
    }

    /// <summary>The bridge must exist.</summary>
    private void SetOnBridge(string setting) => File.WriteAllText($"/proc/sys/net/ipv4/conf/{Bridge}/{setting}", "1");
}

using System.Net;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>The address of a container and its gateway: the host's end of the bridge.</summary>
internal sealed record ContainerAddress(IPAddress Address, IPAddress Gateway);

/// <summary>The cell's container network: a bridge, a subnet, host ports; every container has a network namespace of its own on it.</summary>
internal sealed class ContainerNetwork
{
    private const int MappingTries = 3;

    private readonly string _directory;
    private readonly string _owner;
    private readonly Commands _commands;
    private readonly CniPlugins _plugins;
    private readonly CniConfig _config;
    private readonly PacketFilter _filter;
    private readonly LeaseDirectory _subnetLeases;
    private readonly IPNetwork _subnet;
    private readonly string _ip;
    private readonly SemaphoreSlim _rulesGate = new(1);
    private bool _rulesSet;

    /// <param name="directory">The network's own state directory.</param>
    /// <exception cref="ContainerRuntimeException">A program or plugin is missing, or there is no free subnet.</exception>
    public ContainerNetwork(string directory, NetworkOptions options, Commands commands)
    {
        (_directory, _owner, _commands) = (directory, directory, commands);
        Directory.CreateDirectory(Path.Combine(directory, "namespaces"));
        _plugins = new CniPlugins(commands, options.PluginDirectories);
        var iptables = Programs.Find("iptables", "iptables");
        var restore = Programs.Find("iptables-restore", "iptables");
        _ip = Programs.Find("ip", "iproute2");

        Bridge = options.Bridge ?? "sch" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..10];
        LeaseDirectory.Sweep(options.LeaseDirectory);
        _subnetLeases = new LeaseDirectory(options.LeaseDirectory, "subnets");
        var remembered = Path.Combine(directory, "subnet");
        _subnet = Subnets.Choose(options, File.Exists(remembered) ? File.ReadAllText(remembered) : null, _subnetLeases, _owner);
        File.WriteAllText(remembered, _subnet.ToString());

        Ports = new HostPorts(new LeaseDirectory(options.LeaseDirectory, "ports"), options.FirstHostPort, options.LastHostPort);
        _config = new CniConfig(Bridge, Bridge, _subnet.ToString(), options.Mtu, Path.Combine(directory, "addresses"));
        _filter = new PacketFilter(commands, iptables, restore, Bridge, _subnet.ToString());
    }

    public string Bridge { get; }

    public string Subnet => _subnet.ToString();

    public HostPorts Ports { get; }

    public string NamespacePath(string container) => Path.Combine(_directory, "namespaces", container);

    /// <param name="make">Makes it at the path, when it has to belong to a user namespace; null: it belongs to the host.</param>
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

    /// <summary>Connects a container's namespace to the bridge and maps its ports.</summary>
    public async Task<ContainerAddress> AttachAsync(string container, IReadOnlyList<PortMapping> ports, CancellationToken cancellation)
    {
        await EnsureRulesAsync(cancellation);
        var path = NamespacePath(container);
        var result = await _plugins.AddAsync("bridge", container, path, _config.ForBridge(), cancellation);
        var (address, gateway) = CniConfig.ReadResult(result);
        if (ports.Count > 0) await MapPortsAsync(container, path, ports, result, cancellation);
        return new ContainerAddress(IPAddress.Parse(address), IPAddress.Parse(gateway));
    }

    /// <summary>Undoes <see cref="AttachAsync"/>, however far it came, and lets the namespace go.</summary>
    public async Task DetachAsync(string container, IReadOnlyList<PortMapping> ports, CancellationToken cancellation)
    {
        var path = NamespacePath(container);
        var current = NetworkNamespace.Exists(path) ? path : "";

        // Outside first and last made first: no packet should find its way to an address that may be somebody else's next.
        if (ports.Count > 0) await _plugins.DeleteAsync("portmap", container, current, _config.ForPortMap(ports, null), cancellation);
        await _plugins.DeleteAsync("bridge", container, current, _config.ForBridge(), cancellation);
        NetworkNamespace.Remove(path);
    }

    /// <summary>Removes what containers shared. Only when there is none any more.</summary>
    public async Task RemoveAsync(CancellationToken cancellation)
    {
        if (await BridgeExistsAsync(cancellation))
            await _commands.RunCheckedAsync(_ip, ["link", "delete", Bridge], cancellation);
        await _filter.RemoveAsync(cancellation);
        _rulesSet = false;
        Subnets.Release(_subnet, _subnetLeases, _owner);
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Asks the kernel: /sys shows the network namespace of whoever mounted it, which need not be ours.</summary>
    private async Task<bool> BridgeExistsAsync(CancellationToken cancellation) =>
        (await _commands.RunAsync(_ip, ["link", "show", "dev", Bridge], cancellation)).ExitCode == 0;

    /// <summary>
    /// The plugin looks whether the chains are there that all containers share, and makes them: of several that find none, of this cell or another
    /// one on the machine, all but one fail. They find them the next time.
    /// </summary>
    private async Task MapPortsAsync(string container, string path, IReadOnlyList<PortMapping> ports, string bridge, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await _plugins.AddAsync("portmap", container, path, _config.ForPortMap(ports, bridge), cancellation);
                return;
            }
            catch (ContainerRuntimeException) when (tries < MappingTries)
            {
                // What it made of its own would be in the next one's way.
                await _plugins.DeleteAsync("portmap", container, path, _config.ForPortMap(ports, null), cancellation);
            }
        }
    }

    private async Task EnsureRulesAsync(CancellationToken cancellation)
    {
        if (_rulesSet) return;
        await _rulesGate.WaitAsync(cancellation);
        try
        {
            if (_rulesSet) return;
            await _filter.EnsureAsync(cancellation);
            _rulesSet = true;
        }
        finally
        {
            _rulesGate.Release();
        }
    }
}

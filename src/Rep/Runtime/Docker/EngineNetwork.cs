using System.Net;
using Docker.DotNet.Models;
using Scheduler.Rep.Networking;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>The engine's network of one cell: a bridge on which containers do not reach each other.</summary>
internal sealed class EngineNetwork
{
    private const string NameOption = "com.docker.network.bridge.name",
        BetweenContainers = "com.docker.network.bridge.enable_icc",
        Masquerading = "com.docker.network.bridge.enable_ip_masquerade",
        PacketSize = "com.docker.network.driver.mtu";

    private readonly DockerEngine _engine;
    private readonly string _cell;
    private readonly string _directory;
    private readonly NetworkOptions _options;
    private readonly LeaseDirectory _leases;

    /// <param name="directory">The cell's state directory for its network.</param>
    /// <param name="leases">Directory of the machine's leases.</param>
    public EngineNetwork(DockerEngine engine, string cell, string directory, string leases, NetworkOptions options)
    {
        (_engine, _cell, _directory, _options) = (engine, cell, directory, options);
        Directory.CreateDirectory(directory);
        _leases = new LeaseDirectory(leases, "subnets");
        Name = $"scheduler-{cell}";
        Bridge = options.Bridge is { Length: > 0 } chosen ? chosen : $"schd{cell[..10]}";
    }

    public string Name { get; }

    public string Bridge { get; }

    private string Remembered => Path.Combine(_directory, "subnet");

    /// <returns>Its subnet.</returns>
    /// <exception cref="ContainerRuntimeException">It exists with other settings, or the engine refuses it.</exception>
    public async Task<string> EnsureAsync(CancellationToken cancellation)
    {
        if (
            await _engine.FindAsync($"inspect network {Name}", client => client.Networks.InspectNetworkAsync(Name, cancellation)) is
            { } found
        )
        {
            Check(found);
            return found.IPAM.Config[0].Subnet;
        }

        var before = File.Exists(Remembered) ? await File.ReadAllTextAsync(Remembered, cancellation) : null;
        var subnet = Subnets.Choose(_options, before, _leases, _directory).ToString();
        await File.WriteAllTextAsync(Remembered, subnet, cancellation);
        await _engine.AskAsync($"create network {Name}", client => client.Networks.CreateNetworkAsync(Request(subnet), cancellation));
        return subnet;
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        await _engine.FindAsync(
            $"remove network {Name}",
            async client =>
            {
                await client.Networks.DeleteNetworkAsync(Name, cancellation);
                return Name;
            }
        );
        if (File.Exists(Remembered) && _options.Subnet is null)
            Subnets.Release(IPNetwork.Parse(await File.ReadAllTextAsync(Remembered, cancellation)), _leases, _directory);
        File.Delete(Remembered);
    }

    private NetworksCreateParameters Request(string subnet) =>
        new()
        {
            Name = Name,
            Driver = "bridge",
            CheckDuplicate = true,
            IPAM = new IPAM { Driver = "default", Config = [new IPAMConfig { Subnet = subnet }] },
            Labels = new Dictionary<string, string> { [ContainerLabels.Cell] = _cell },
            Options = Options(),
        };

    private Dictionary<string, string> Options()
    {
        var options = new Dictionary<string, string>
        {
            [NameOption] = Bridge,
            [BetweenContainers] = "false",
            [Masquerading] = "true",
        };
        if (_options.Mtu > 0)
            options[PacketSize] = $"{_options.Mtu}";
        return options;
    }

    /// <summary>The engine cannot change a network, and containers may be on it.</summary>
    private void Check(NetworkResponse found)
    {
        var (wanted, has) = (Options(), found.Options ?? new Dictionary<string, string>());
        var changed = wanted
            .Where(option => !has.TryGetValue(option.Key, out var value) || value != option.Value)
            .Select(option => option.Key);
        if (found.IPAM?.Config is not [{ Subnet: var subnet }] || (_options.Subnet is { } asked && asked != subnet))
            changed = changed.Append("subnet");
        if (changed.ToList() is [var first, ..])
            throw new ContainerRuntimeException(
                $"the engine's network {Name} exists with another {first}: drain the cell and remove it (docker network rm {Name})"
            );
    }
}

using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking.Links;

/// <summary>A container's connection to the bridge.</summary>
/// <param name="HostInterface">The host end of its interface pair. Null, like the following, if an earlier rep did not record it.</param>
/// <param name="Mac">Hardware address of the container end.</param>
/// <param name="BridgeMac">Hardware address of the host on the bridge.</param>
internal sealed record ContainerLink(string Address, string? HostInterface, string? Mac, string? BridgeMac);

/// <summary>The cell's bridge, and the interface pairs that connect network namespaces to it. A pair goes with its namespace.</summary>
/// <param name="name">The bridge's name.</param>
/// <param name="ip">The program of iproute2.</param>
/// <param name="mtu">0: the kernel's default.</param>
internal sealed class CellBridge(string name, IPNetwork subnet, int mtu, string ip, AddressPool addresses, Commands commands)
{
    /// <summary>What the interface is called in the namespace.</summary>
    private const string Inside = "eth0";

    private readonly SemaphoreSlim _making = new(1);

    /// <summary>Connects network namespaces, each with an address of its own: one program for all of them.</summary>
    /// <param name="namespaces">Paths where they are mounted; their file names are unique on the machine.</param>
    /// <exception cref="Runtime.ContainerRuntimeException">
    /// No address is left, or the machine refused. The caller removes all the namespaces, and everything else goes with them.
    /// </exception>
    public async Task<IReadOnlyList<ContainerLink>> ConnectAsync(IReadOnlyList<string> namespaces, CancellationToken cancellation)
    {
        var host = await HardwareAddressAsync(cancellation);
        var text = new StringBuilder();
        var links = new List<(IPAddress Address, ContainerLink Link)>();
        foreach (var path in namespaces)
        {
            var address = addresses.Take(path);
            var link = new ContainerLink(address.ToString(), HostInterface(path), MacOf(address), host);
            links.Add((address, link));
            text.Append(
                CultureInfo.InvariantCulture,
                $"link add {link.HostInterface}{Mtu} master {name} type veth peer name {Inside}{Mtu} address {link.Mac} netns {path}\n"
            );
            // Hairpin: a container may call its own host port.
            text.Append(CultureInfo.InvariantCulture, $"link set {link.HostInterface} up type bridge_slave hairpin on\n");
        }

        await RunAsync(text.ToString(), cancellation);
        foreach (var (path, (address, _)) in namespaces.Zip(links))
        {
            await NetworkNamespace.InAsync(
                path,
                () =>
                {
                    Interfaces.Configure(Inside, address, subnet.PrefixLength, addresses.Gateway);
                    return true;
                }
            );
        }

        return [.. links.Select(made => made.Link)];
    }

    /// <summary>Cuts off a namespace's interface pair at once; succeeds if there is none. The pair goes with its namespace.</summary>
    /// <param name="path">The namespace.</param>
    public void Disconnect(string path) => Interfaces.LeaveBridge(HostInterface(path), name);

    /// <summary>Removes a namespace that is disconnected; succeeds if there is none.</summary>
    public void Forget(string path)
    {
        NetworkNamespace.Remove(path);
        addresses.Release(path);
    }

    public async Task RemoveAsync(CancellationToken cancellation)
    {
        if (Interfaces.HardwareAddress(name) is not null)
            await RunAsync($"link delete {name}\n", cancellation);
    }

    private string Mtu => mtu > 0 ? string.Create(CultureInfo.InvariantCulture, $" mtu {mtu}") : "";

    /// <summary>The host's hardware address on the bridge, which is made if it does not exist, or not any more.</summary>
    private async Task<string> HardwareAddressAsync(CancellationToken cancellation)
    {
        if (Interfaces.HardwareAddress(name) is { } known)
            return known;
        await _making.WaitAsync(cancellation);
        try
        {
            if (Interfaces.HardwareAddress(name) is { } now)
                return now;
            var mac = MacOf(addresses.Gateway);
            await RunAsync(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"link add {name}{Mtu} address {mac} type bridge\naddr add {addresses.Gateway}/{subnet.PrefixLength} dev {name}\nlink set {name} up\n"
                ),
                cancellation
            );
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            return mac;
        }
        finally
        {
            _making.Release();
        }
    }

    private Task RunAsync(string batch, CancellationToken cancellation) =>
        commands.RunCheckedAsync(ip, ["-batch", "-"], cancellation, batch);

    private static string HostInterface(string path) =>
        "sv" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(path))))[..12];

    /// <summary>The same for the same address, so that what others remember of an address stays true for its next owner.</summary>
    private static string MacOf(IPAddress address) =>
        "0a:58:" + string.Join(':', address.GetAddressBytes().Select(part => part.ToString("x2", CultureInfo.InvariantCulture)));
}

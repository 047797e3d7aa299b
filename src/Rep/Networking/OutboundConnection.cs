using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Networking;

/// <summary>All addresses of a host are in networks that may not be connected to.</summary>
internal sealed class DeniedAddressException(string host) : Exception($"{host} is in a network that may not be connected to")
{
    public string Host => host;
}

/// <summary>
/// Connections from the cell's own network to hosts that its clients choose, or that an answer leads to. Each is checked against denied
/// networks after the name is resolved, so that no name and no redirect gets around the check.
/// </summary>
internal static class OutboundConnection
{
    /// <summary>
    /// Where clouds hand out a machine's own credentials: link-local addresses, and the metadata services of Amazon (IPv6) and Alibaba,
    /// which have others.
    /// </summary>
    public static IReadOnlyList<string> MetadataNetworks { get; } =
    ["169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32"];

    /// <summary>This machine by the addresses that only itself has: its services there trust whoever reaches them.</summary>
    public static IReadOnlyList<string> LoopbackNetworks { get; } = ["127.0.0.0/8", "::1/128", "0.0.0.0/8", "::/128"];

    /// <exception cref="DeniedAddressException">All of the host's addresses are denied.</exception>
    /// <exception cref="SocketException">The name has no address, or no connection could be made.</exception>
    public static async ValueTask<Stream> OpenAsync(DnsEndPoint target, IReadOnlyList<IPNetwork> denied, CancellationToken cancellation)
    {
        // The resolver does not take the unspecified addresses, to which a connection would reach this machine.
        var found = IPAddress.TryParse(target.Host, out var literal)
            ? [literal]
            : await Dns.GetHostAddressesAsync(target.Host, cancellation);
        if (found.Length == 0)
            throw new SocketException((int)SocketError.NoData);
        IPAddress[] allowed = [.. found.Where(address => !IsIn(address, denied))];
        if (allowed.Length == 0)
            throw new DeniedAddressException(target.Host);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool IsIn(IPAddress address, IReadOnlyList<IPNetwork> networks)
    {
        // Mapped addresses reach the same machines as those that they contain.
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return networks.Any(network => network.Contains(plain));
    }
}

using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Images.Registry;

/// <summary>A registry, or whatever it led to, has an address at which no registry can be.</summary>
internal sealed class ForbiddenAddressException(string message) : Exception(message);

/// <summary>
/// Connects to registries, but never to link-local addresses, whatever name, redirect or token service leads there: clouds answer on them
/// with a machine's own credentials.
/// </summary>
internal static class RegistryAddresses
{
    /// <summary>Amazon's metadata service over IPv6, and Alibaba's: not link-local, but reserved for the same.</summary>
    private static readonly IPAddress[] Metadata = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200")];

    public static bool IsForbidden(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.IsIPv6LinkLocal
            || Metadata.Contains(address)
            || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
    }

    /// <exception cref="ForbiddenAddressException">All of the host's addresses are forbidden.</exception>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var host = context.DnsEndPoint.Host;
        var found = await Dns.GetHostAddressesAsync(host, cancellation);
        IPAddress[] allowed = [.. found.Where(address => !IsForbidden(address))];
        if (allowed.Length == 0 && found.Length > 0)
            throw new ForbiddenAddressException($"{host} is a link-local address, which belongs to no registry");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

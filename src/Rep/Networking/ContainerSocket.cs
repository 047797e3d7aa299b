using System.Net;
using System.Net.Sockets;

namespace Scheduler.Rep.Networking;

/// <summary>Connections that begin inside a container's network namespace, without any process of the container.</summary>
internal static class ContainerSocket
{
    /// <param name="networkNamespace">Path of the namespace; null: the machine's own.</param>
    /// <exception cref="SocketException">The connection was refused or failed.</exception>
    public static async Task<Socket> ConnectAsync(string? networkNamespace, IPAddress address, int port, CancellationToken cancellation)
    {
        // A socket stays in the namespace that it was created in, whichever thread uses it.
        var socket = networkNamespace is { } path
            ? await NetworkNamespace.InAsync(path, () => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp))
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.NoDelay = true;
            await socket.ConnectAsync(address, port, cancellation);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

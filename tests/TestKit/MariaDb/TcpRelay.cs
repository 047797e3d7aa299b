using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Scheduler.Tests.TestKit.MariaDb;

/// <summary>What happens to bytes that a client sends through a <see cref="TcpRelay"/>.</summary>
public enum RelayAction
{
    /// <summary>They are forwarded.</summary>
    Pass,

    /// <summary>The connection breaks before the server gets them.</summary>
    CutBefore,

    /// <summary>The server gets them, and the connection breaks when it replies, before the client gets any of the reply.</summary>
    CutAfter,
}

/// <summary>A proxy between a client and a server on this machine that counts bytes and breaks connections at a chosen moment.</summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    // Has no timer and no handle, so it needs no disposal; a relay may be disposed twice.
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Task _accepting;
    private long _bytesToClients;

    /// <param name="target">The server's port.</param>
    public TcpRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Inspects what a client sends as it arrives; a short statement arrives in one piece.</summary>
    public Func<ReadOnlyMemory<byte>, RelayAction> Judge { get; set; } = _ => RelayAction.Pass;

    /// <summary>Bytes sent to clients so far.</summary>
    public long BytesToClients => Volatile.Read(ref _bytesToClients);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                connections.Add(RelayAsync(client));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
        await Task.WhenAll(connections);
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, ending.Token);
                var cut = new StrongBox<bool>();
                var up = UpAsync(client.GetStream(), server.GetStream(), cut, ending.Token);
                var down = DownAsync(server.GetStream(), client.GetStream(), cut, ending.Token);
                await Task.WhenAny(up, down);
                await ending.CancelAsync();
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
            {
                // One side is gone, so close the other one too.
            }
        }
    }

    private async Task UpAsync(NetworkStream client, NetworkStream server, StrongBox<bool> cut, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await client.ReadAsync(buffer, cancellationToken)) > 0)
        {
            var action = Judge(buffer.AsMemory(0, count));
            if (action == RelayAction.CutBefore)
                return;
            if (action == RelayAction.CutAfter)
                Volatile.Write(ref cut.Value, true);
            await server.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private async Task DownAsync(NetworkStream server, NetworkStream client, StrongBox<bool> cut, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        int count;
        while ((count = await server.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (Volatile.Read(ref cut.Value))
                return;
            await client.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            Interlocked.Add(ref _bytesToClients, count);
        }
    }
}

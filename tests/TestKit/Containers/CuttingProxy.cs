using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>Forwards connections to a server and cuts each one after a number of answered bytes.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Task _accepting;
    private long _passed;
    private int _cuts;

    public CuttingProxy(int target, long cutAfter)
    {
        (_target, CutAfter) = (target, cutAfter);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Answered bytes after which a connection is cut; a change applies to new connections.</summary>
    public long CutAfter { get; set; }

    /// <summary>Called when a connection has been cut, with the number of cuts so far.</summary>
    public Func<int, Task>? OnCut { get; set; }

    /// <summary>Bytes of answers that were forwarded.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public int Cuts => _cuts;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(PassAsync(await _listener.AcceptTcpClientAsync(_ending.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task PassAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
                var up = client.GetStream().CopyToAsync(server.GetStream(), _ending.Token);
                await DownAsync(server.GetStream(), client.GetStream());
                client.Client.Shutdown(SocketShutdown.Both);
                await up;
            }
            catch (Exception failure)
                when (failure is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side has closed the connection, which is the purpose of this proxy.
            }
        }
    }

    private async Task DownAsync(NetworkStream from, NetworkStream to)
    {
        var (left, buffer) = (CutAfter, new byte[16 << 10]);
        while (await from.ReadAsync(buffer, _ending.Token) is > 0 and var read)
        {
            var count = (int)Math.Min(read, left);
            await to.WriteAsync(buffer.AsMemory(0, count), _ending.Token);
            Interlocked.Add(ref _passed, count);
            left -= count;
            if (left > 0)
                continue;
            var cuts = Interlocked.Increment(ref _cuts);
            if (OnCut is { } told)
                await told(cuts);
            return;
        }
    }
}

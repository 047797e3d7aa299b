using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>Forwards connections to a server and cuts each one after a number of answered bytes.</summary>
public sealed class CuttingProxy : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly int _target;
    private long _passed;
    private int _cuts;

    public CuttingProxy(int target, long cutAfter)
    {
        (_target, CutAfter) = (target, cutAfter);
        _server = new LoopbackServer(PassAsync);
    }

    public string Host => _server.Host;

    /// <summary>Answered bytes after which a connection is cut; a change applies to new connections.</summary>
    public long CutAfter { get; set; }

    /// <summary>Called when a connection has been cut, with the number of cuts so far.</summary>
    public Func<int, Task>? OnCut { get; set; }

    /// <summary>Bytes of answers that were forwarded.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    public int Cuts => _cuts;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task PassAsync(TcpClient client, CancellationToken ending)
    {
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _target, ending);
        var up = client.GetStream().CopyToAsync(server.GetStream(), ending);
        await DownAsync(server.GetStream(), client.GetStream(), ending);
        client.Client.Shutdown(SocketShutdown.Both);
        await up;
    }

    private async Task DownAsync(NetworkStream from, NetworkStream to, CancellationToken ending)
    {
        var (left, buffer) = (CutAfter, new byte[16 << 10]);
        while (await from.ReadAsync(buffer, ending) is > 0 and var read)
        {
            var count = (int)Math.Min(read, left);
            await to.WriteAsync(buffer.AsMemory(0, count), ending);
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

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Bench.Commands.RouterSpeed;

/// <summary>Requests one after the other on each of some connections, with as little work as possible on the client's side.</summary>
internal sealed class HttpLoad(int connections, TimeSpan duration)
{
    private static readonly byte[] Request =
        "GET / HTTP/1.1\r\nHost: web.localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"u8.ToArray();

    public async Task WarmUpAsync(int port, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 3; i++)
            await RunAsync(port, TimeSpan.FromSeconds(1), cancellationToken);
    }

    public Task<LoadResult> RunAsync(int port, CancellationToken cancellationToken) => RunAsync(port, duration, cancellationToken);

    private async Task<LoadResult> RunAsync(int port, TimeSpan time, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        var ends = await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => AskAsync(port, watch, time, cancellationToken)));
        return new LoadResult(ends.Sum(end => end.Count) / watch.Elapsed.TotalSeconds, ends.Max(end => end.Longest));
    }

    private static async Task<(int Count, TimeSpan Longest)> AskAsync(
        int port,
        Stopwatch watch,
        TimeSpan time,
        CancellationToken cancellationToken
    )
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
        var buffer = new byte[4096];
        var count = 0;
        var longest = TimeSpan.Zero;
        while (watch.Elapsed < time)
        {
            var began = watch.Elapsed;
            await socket.SendAsync(Request, cancellationToken);
            var length = 0;
            while (!buffer.AsSpan(0, length).EndsWith("\r\n\r\nok"u8))
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                if (read == 0)
                    throw new IOException("the server closed the connection");
                length += read;
            }

            if (!buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
                throw new IOException("the server did not answer with 200");
            count++;
            if (watch.Elapsed - began > longest)
                longest = watch.Elapsed - began;
        }

        return (count, longest);
    }
}

/// <param name="PerSecond">Requests of all connections.</param>
/// <param name="Longest">The slowest request.</param>
internal sealed record LoadResult(double PerSecond, TimeSpan Longest);

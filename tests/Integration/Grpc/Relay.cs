using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.Integration.Grpc;

/// <summary>
/// A relay between a client and a server. Once dark, it discards the bytes of both sides, like a machine that loses power.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile bool _isDark;

    public Relay(Uri server, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _running = RunAsync(server);
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    public void GoDark() => _isDark = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _listener.Stop(); // only now: it may be about to accept
        _stop.Dispose();
    }

    private async Task RunAsync(Uri server)
    {
        var copies = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var peer = new TcpClient();
                await peer.ConnectAsync(server.Host, server.Port, _stop.Token);
                copies.Add(CopyAsync(client, peer));
                copies.Add(CopyAsync(peer, client));
            }
        }
        finally
        {
            await Task.WhenAll(copies);
        }
    }

    private async Task CopyAsync(TcpClient from, TcpClient to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _stop.Token) is var read and > 0)
                if (!_isDark)
                    await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side has closed, or the test has ended.
        }
        finally
        {
            if (!_isDark)
                to.Close();
        }
    }
}

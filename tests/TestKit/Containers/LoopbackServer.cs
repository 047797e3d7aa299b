using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.TestKit.Containers;

/// <summary>Serves each connection to a free port of the loopback address, until it is disposed of.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly Func<TcpClient, CancellationToken, Task> _serve;
    private readonly Task _accepting;

    /// <param name="serve">
    /// Failures of the connection, which tests cause on purpose, end only this connection. The connection is closed after it.
    /// </param>
    public LoopbackServer(Func<TcpClient, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Host => $"127.0.0.1:{Port}";

    public async ValueTask DisposeAsync()
    {
        // Stopped last: the loop may be about to accept the next connection.
        await _ending.CancelAsync();
        await _accepting;
        _listener.Stop();
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_ending.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                await _serve(client, _ending.Token);
            }
            catch (Exception failure)
                when (failure
                        is IOException
                            or SocketException
                            or OperationCanceledException
                            or ObjectDisposedException
                            or System.Security.Authentication.AuthenticationException
                )
            {
                // One side closed the connection, or the test ended.
            }
        }
    }
}

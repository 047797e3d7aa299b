using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Listens for programs in containers that report each of their starts. Counts outside of the product, so that a program that was started
/// twice is found even if the product knows of one start only.
/// </summary>
internal sealed class StartReports : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentDictionary<string, ConcurrentBag<string>> _starts = [];
    private readonly Task _listening;

    public StartReports(string address)
    {
        _listener = new TcpListener(IPAddress.Parse(address), 0);
        _listener.Start();
        _listening = ListenAsync();
    }

    public int Count => _starts.Values.Sum(starts => starts.Count);

    /// <summary>What was started more than once.</summary>
    public IReadOnlyList<string> Repeated =>
        [.. _starts.Where(entry => entry.Value.Count > 1).Select(entry => $"{entry.Key} started {entry.Value.Count} times")];

    /// <summary>A shell command that reports the start of its own program. It fails silently if the machine's network is being changed.</summary>
    /// <param name="name">An expression for the name of what starts.</param>
    public string Command(string name)
    {
        var at = (IPEndPoint)_listener.LocalEndpoint;
        return $"echo \"{name} $(cat /proc/sys/kernel/random/uuid)\" | nc -w 5 {at.Address} {at.Port} 2>/dev/null";
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _listening;
        _listener.Dispose();
    }

    private async Task ListenAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync();
                client.ReceiveTimeout = 5_000;
                using var reader = new StreamReader(client.GetStream());
                if ((await reader.ReadLineAsync())?.Split(' ') is [var name, var id])
                    _starts.GetOrAdd(name, _ => []).Add(id);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or IOException)
        {
            // The listener was stopped.
        }
    }
}

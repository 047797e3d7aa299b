using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>A route from a hostname to an instance.</summary>
internal sealed record RoutedEndpoint(string Hostname, string Address, string InstanceGuid) : IComparable<RoutedEndpoint>
{
    public int CompareTo(RoutedEndpoint? other) => string.CompareOrdinal(ToString(), other?.ToString());
}

/// <summary>
/// The table of a router that only uses NATS messages: adds registered endpoints, removes unregistered ones, expires those not registered
/// again, and reconnects when NATS was down.
/// </summary>
internal sealed class RouterTable : IAsyncDisposable
{
    // A router's usual values are 20 s and 120 s; these are short, so that a test soon sees the leftovers of a killed emitter.
    private const int RegisterSeconds = 1;
    private static readonly TimeSpan Forget = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Reconnect = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<RoutedEndpoint, long> _heard = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly NatsServer _nats;
    private readonly Task _following;

    public RouterTable(NatsServer nats)
    {
        _nats = nats;
        _following = FollowAsync();
    }

    /// <summary>Current endpoints, in order.</summary>
    public IReadOnlyList<RoutedEndpoint> Endpoints =>
        [.. _heard.Where(entry => TimeProvider.System.GetElapsedTime(entry.Value) < Forget).Select(entry => entry.Key).Order()];

    /// <summary>Clears the table: entries found later were registered after this call.</summary>
    public void Clear() => _heard.Clear();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await using var router = await ForeignRouter.ConnectAsync(_nats, RegisterSeconds);
                await router.StartAsync(RegisterSeconds);
                while (await router.NextAsync(_stop.Token) is var (subject, payload))
                    Apply(subject, payload);
            }
            catch (Exception failure)
                when (failure is SocketException or IOException or ChannelClosedException or OperationCanceledException)
            {
                // NATS is down, or this table is disposed.
            }

            await Task.Delay(Reconnect, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Apply(string subject, string payload)
    {
        if (subject is not ("router.register" or "router.unregister"))
            return;
        var message = JsonDocument.Parse(payload).RootElement;
        var address = $"{message.GetProperty("host").GetString()}:{message.GetProperty("port").GetInt32()}";
        foreach (var uri in message.GetProperty("uris").EnumerateArray())
        {
            var endpoint = new RoutedEndpoint(uri.GetString()!, address, message.GetProperty("private_instance_id").GetString()!);
            if (subject == "router.unregister")
                _heard.TryRemove(endpoint, out _);
            else
                _heard[endpoint] = TimeProvider.System.GetTimestamp();
        }
    }
}

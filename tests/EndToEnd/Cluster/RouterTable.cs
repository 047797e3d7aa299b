using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>One way of a hostname to an instance.</summary>
internal sealed record RoutedEndpoint(string Hostname, string Address, string InstanceGuid) : IComparable<RoutedEndpoint>
{
    public int CompareTo(RoutedEndpoint? other) => string.CompareOrdinal(ToString(), other?.ToString());
}

/// <summary>
/// The table of a router that knows nothing but what it hears over NATS: it adds what is registered, takes away what is unregistered,
/// forgets what is not registered again, and connects again when NATS was away.
/// </summary>
internal sealed class RouterTable : IAsyncDisposable
{
    // A router's usual figures are 20 s and 120 s; these are short, so that a test sees soon what an emitter that was killed left behind.
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

    /// <summary>Where requests would go now, in order.</summary>
    public IReadOnlyList<RoutedEndpoint> Endpoints =>
        [.. _heard.Where(entry => TimeProvider.System.GetElapsedTime(entry.Value) < Forget).Select(entry => entry.Key).Order()];

    /// <summary>Forgets everything: what is there afterwards was registered after this.</summary>
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
            catch (Exception failure) when (failure is SocketException or IOException or ChannelClosedException or OperationCanceledException)
            {
                // NATS is away, or this table is no longer needed.
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

using System.Text.Json;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>A router as the Cloud Foundry ones behave: says when it starts, answers greetings, forgets what is not registered again.</summary>
internal sealed class SimulatedRouter(BusConnection bus, VirtualProcess process)
{
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(30);
    private static readonly byte[] Greeting = """{"minimumRegisterIntervalInSeconds":20,"pruneThresholdInSeconds":120}"""u8.ToArray();

    private readonly Dictionary<(string Uri, string Address), RoutedEndpoint> _table = [];

    // Most registrations repeat one word for word, and need not be read again: the texts that what is in the table was told with.
    private readonly Dictionary<ReadOnlyMemory<byte>, List<RoutedEndpoint>> _said = new(new SameBytes());

    /// <summary>What requests would be sent to.</summary>
    public IReadOnlyCollection<RoutedEndpoint> Endpoints => _table.Values;

    /// <summary>Told when an endpoint is new, has become another, or is gone.</summary>
    public Action<RoutedEndpoint, bool>? Changed { get; set; }

    public async Task RunAsync()
    {
        bus.Subscribe("router.register", (_, payload, _) => Take(payload, isThere: true));
        bus.Subscribe("router.unregister", (_, payload, _) => Take(payload, isThere: false));
        bus.Subscribe("router.greet", async (replyTo, _, cancellation) =>
        {
            if (replyTo is not null) await bus.PublishAsync(replyTo, null, Greeting, cancellation);
        });
        bus.Connected = async cancellation => await bus.PublishAsync("router.start", null, Greeting, cancellation);
        var running = bus.RunAsync(CancellationToken.None);
        while (!running.IsCompleted)
        {
            await Task.Delay(PruneInterval, process.Time);
            Prune();
        }

        await running;
    }

    private ValueTask Take(ReadOnlyMemory<byte> payload, bool isThere)
    {
        if (!isThere || !_said.TryGetValue(payload, out var said)) Read(payload, isThere);
        else foreach (var endpoint in said) Hear(endpoint);
        return ValueTask.CompletedTask;
    }

    private void Read(ReadOnlyMemory<byte> payload, bool isThere)
    {
        using var json = JsonDocument.Parse(payload);
        var message = json.RootElement;
        var address = $"{message.GetProperty("host").GetString()}:{message.GetProperty("port").GetInt32()}";
        var app = message.TryGetProperty("app", out var guid) ? guid.GetString()! : "";
        var instance = message.TryGetProperty("private_instance_id", out var id) ? id.GetString()! : "";
        var index = int.Parse(message.GetProperty("private_instance_index").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        var said = new List<RoutedEndpoint>();
        foreach (var uri in message.GetProperty("uris").EnumerateArray())
        {
            var key = (uri.GetString()!, address);
            if (isThere)
            {
                var endpoint = new RoutedEndpoint(new Backend(key.Item1, address, app, index, instance), payload);
                Hear(endpoint);
                said.Add(endpoint);
                var known = _table.GetValueOrDefault(key);
                _table[key] = endpoint;
                if (known is not null) _said.Remove(known.Said);
                if (known?.Backend == endpoint.Backend) continue;
                if (known is not null) Changed?.Invoke(known, false);
                Changed?.Invoke(endpoint, true);
            }
            else if (_table.TryGetValue(key, out var known))
            {
                // Whoever is meant by it: Cloud Foundry's go by the address alone.
                Forget(key, known);
            }
        }

        if (isThere) _said[payload] = said;
    }

    private void Hear(RoutedEndpoint endpoint) => endpoint.Heard(process.Time.GetTimestamp(), bus.SentAt, bus.Now);

    private void Prune()
    {
        foreach (var (key, endpoint) in _table.ToArray())
        {
            if (process.Time.GetElapsedTime(endpoint.SeenAt) >= Stale) Forget(key, endpoint);
        }
    }

    private void Forget((string Uri, string Address) key, RoutedEndpoint endpoint)
    {
        _table.Remove(key);
        _said.Remove(endpoint.Said);
        Changed?.Invoke(endpoint, false);
    }

    private sealed class SameBytes : IEqualityComparer<ReadOnlyMemory<byte>>
    {
        public bool Equals(ReadOnlyMemory<byte> one, ReadOnlyMemory<byte> other) => one.Span.SequenceEqual(other.Span);

        public int GetHashCode(ReadOnlyMemory<byte> bytes)
        {
            var hash = new HashCode();
            hash.AddBytes(bytes.Span);
            return hash.ToHashCode();
        }
    }
}

/// <summary>What a registration says: requests for this go there, where that runs.</summary>
internal readonly record struct Backend(string Uri, string Address, string App, int Index, string InstanceGuid);

/// <summary>One backend in a router's table, and the registration that put it there.</summary>
internal sealed class RoutedEndpoint(Backend backend, ReadOnlyMemory<byte> said)
{
    public Backend Backend { get; } = backend;

    /// <summary>The registration's text.</summary>
    public ReadOnlyMemory<byte> Said { get; } = said;

    /// <summary>On the router's monotonic clock.</summary>
    public long SeenAt { get; private set; }

    /// <summary>When its latest registration was sent, in the world's time.</summary>
    public TimeSpan SentAt { get; private set; }

    /// <summary>When that arrived: a way that was cut may have held it for long.</summary>
    public TimeSpan ReceivedAt { get; private set; }

    public void Heard(long seenAt, TimeSpan sentAt, TimeSpan receivedAt) => (SeenAt, SentAt, ReceivedAt) = (seenAt, sentAt, receivedAt);
}

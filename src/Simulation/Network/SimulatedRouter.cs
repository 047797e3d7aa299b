using System.Text.Json;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>
/// A router that behaves like Cloud Foundry's: announces its start, answers greetings, and expires endpoints that are not registered again.
/// </summary>
internal sealed class SimulatedRouter(BusConnection bus, VirtualProcess process)
{
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan PruneInterval = TimeSpan.FromSeconds(30);
    private static readonly byte[] Greeting = """{"minimumRegisterIntervalInSeconds":20,"pruneThresholdInSeconds":120}"""u8.ToArray();

    private readonly Dictionary<(string Uri, string Address), RoutedEndpoint> _table = [];

    // Most registrations repeat an earlier one byte for byte and need no parsing: the registrations behind the entries of the table.
    private readonly Dictionary<ReadOnlyMemory<byte>, List<RoutedEndpoint>> _said = new(new SameBytes());

    /// <summary>The endpoints that requests would be sent to.</summary>
    public IReadOnlyCollection<RoutedEndpoint> Endpoints => _table.Values;

    /// <summary>Called when an endpoint is added, replaced or removed.</summary>
    public Action<RoutedEndpoint, bool>? Changed { get; set; }

    public async Task RunAsync()
    {
        bus.Subscribe("router.register", (message, _) => Take(message.Payload, isThere: true));
        bus.Subscribe("router.unregister", (message, _) => Take(message.Payload, isThere: false));
        bus.Subscribe(
            "router.greet",
            async (message, cancellation) =>
            {
                if (message.ReplyTo is { } replyTo)
                    await bus.PublishAsync(replyTo, null, Greeting, cancellation);
            }
        );
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
        if (!isThere || !_said.TryGetValue(payload, out var said))
            Read(payload, isThere);
        else
            foreach (var endpoint in said)
                Hear(endpoint);
        return ValueTask.CompletedTask;
    }

    private void Read(ReadOnlyMemory<byte> payload, bool isThere)
    {
        using var json = JsonDocument.Parse(payload);
        var message = json.RootElement;
        var address = $"{message.GetProperty("host").GetString()}:{message.GetProperty("port").GetInt32()}";
        var app = message.TryGetProperty("app", out var guid) ? guid.GetString()! : "";
        var instance = message.TryGetProperty("private_instance_id", out var id) ? id.GetString()! : "";
        var index = int.Parse(
            message.GetProperty("private_instance_index").GetString()!,
            System.Globalization.CultureInfo.InvariantCulture
        );
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
                if (known is not null)
                    _said.Remove(known.Said);
                if (known?.Backend == endpoint.Backend)
                    continue;
                if (known is not null)
                    Changed?.Invoke(known, false);
                Changed?.Invoke(endpoint, true);
            }
            else if (_table.TryGetValue(key, out var known))
            {
                // Whichever instance is meant: Cloud Foundry's routers compare the address only.
                Forget(key, known);
            }
        }

        if (isThere)
            _said[payload] = said;
    }

    private void Hear(RoutedEndpoint endpoint) => endpoint.Heard(process.Time.GetTimestamp(), bus.SentAt, bus.Now);

    private void Prune()
    {
        foreach (var (key, endpoint) in _table.ToArray())
        {
            if (process.Time.GetElapsedTime(endpoint.SeenAt) >= Stale)
                Forget(key, endpoint);
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

/// <summary>The content of a registration: a URI and the instance that serves it.</summary>
internal readonly record struct Backend(string Uri, string Address, string App, int Index, string InstanceGuid);

/// <summary>A backend in a router's table, with the registration that added it.</summary>
internal sealed class RoutedEndpoint(Backend backend, ReadOnlyMemory<byte> said)
{
    public Backend Backend { get; } = backend;

    /// <summary>The registration as sent.</summary>
    public ReadOnlyMemory<byte> Said { get; } = said;

    /// <summary>On the router's monotonic clock.</summary>
    public long SeenAt { get; private set; }

    /// <summary>When its latest registration was sent, in world time.</summary>
    public TimeSpan SentAt { get; private set; }

    /// <summary>When that registration arrived; a cut link may have held it for long.</summary>
    public TimeSpan ReceivedAt { get; private set; }

    public void Heard(long seenAt, TimeSpan sentAt, TimeSpan receivedAt) => (SeenAt, SentAt, ReceivedAt) = (seenAt, sentAt, receivedAt);
}

namespace Scheduler.Simulation.Network;

/// <summary>The NATS server: hands each message to whoever is connected and subscribed now, and remembers nothing.</summary>
internal sealed class SimulatedBroker(SimulatedNetwork network, Machine machine)
{
    private readonly List<BusConnection> _connections = [];

    public Machine Machine { get; } = machine;

    public bool IsDown { get; private set; }

    public SimulatedNetwork Network { get; } = network;

    /// <summary>May change or swallow what is published on a subject: how a test plants the fault of a publisher. Null swallows.</summary>
    public Func<string, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?>? Tamper { get; set; }

    public void Stop()
    {
        IsDown = true;
        foreach (var connection in _connections.ToArray())
            Network.After(Machine, connection.Machine, connection.Lost);
        _connections.Clear();
    }

    public void Start() => IsDown = false;

    public bool TryConnect(BusConnection connection)
    {
        if (IsDown) return false;
        _connections.Add(connection);
        return true;
    }

    public void Disconnect(BusConnection connection) => _connections.Remove(connection);

    public void Publish(BusConnection from, string subject, string? replyTo, ReadOnlyMemory<byte> payload)
    {
        if (IsDown || !_connections.Contains(from)) return;
        Network.World.Hash.Add(subject);
        if (Tamper is { } tamper)
        {
            if (tamper(subject, payload) is not { } taken) return;
            payload = taken;
        }

        foreach (var connection in _connections)
        {
            if (connection.IsSubscribedTo(subject)) connection.Send(subject, replyTo, payload);
        }
    }
}

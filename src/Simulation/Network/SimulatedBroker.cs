namespace Scheduler.Simulation.Network;

/// <summary>The NATS server: delivers each message to the current subscribers and stores nothing.</summary>
internal sealed class SimulatedBroker(SimulatedNetwork network, Machine machine)
{
    private readonly List<BusConnection> _connections = [];

    public Machine Machine { get; } = machine;

    public bool IsDown { get; private set; }

    public SimulatedNetwork Network { get; } = network;

    /// <summary>Lets a test change or drop messages on a subject to plant a fault of a publisher. Null drops the message.</summary>
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
        if (IsDown)
            return false;
        _connections.Add(connection);
        return true;
    }

    public void Disconnect(BusConnection connection) => _connections.Remove(connection);

    public void Publish(BusConnection from, IReadOnlyList<BusMessage> messages)
    {
        if (IsDown || !_connections.Contains(from))
            return;
        var taken = new List<BusMessage>(messages.Count);
        foreach (var message in messages)
        {
            Network.World.Hash.Add(message.Subject);
            if (Tamper is not { } tamper)
                taken.Add(message);
            else if (tamper(message.Subject, message.Payload) is { } payload)
                taken.Add(message with { Payload = payload });
        }

        foreach (var connection in _connections)
        {
            var wanted = taken.FindAll(message => connection.IsSubscribedTo(message.Subject));
            if (wanted.Count > 0)
                connection.Send(wanted);
        }
    }
}

/// <summary>A published message, its reply subject, and when it was sent in world time.</summary>
internal readonly record struct BusMessage(string Subject, string? ReplyTo, ReadOnlyMemory<byte> Payload, TimeSpan SentAt);

using Scheduler.Messaging;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Network;

/// <summary>
/// One process's connection to the broker. Keeps the order in each direction; messages in transit are lost when the connection breaks.
/// </summary>
internal sealed class BusConnection(SimulatedBroker broker, Machine machine, VirtualProcess process) : IMessageBus
{
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Func<ReceivedMessage, CancellationToken, ValueTask>> _subscriptions = new(StringComparer.Ordinal);
    private readonly Queue<BusMessage> _inbox = new();
    private List<BusMessage> _unsent = [];
    private TaskCompletionSource? _news;
    private InOrder _out = new();
    private InOrder _in = new();
    private bool _isConnected;
    private bool _isListening;

    public Machine Machine { get; } = machine;

    public bool IsConnected => _isConnected;

    public Func<CancellationToken, ValueTask>? Connected { get; set; }

    /// <summary>Time from a new connection to its subscriptions. What is published meanwhile is missed.</summary>
    public TimeSpan SubscribesAfter { get; init; }

    /// <summary>When the message being handled was sent, in world time.</summary>
    public TimeSpan SentAt { get; private set; }

    public TimeSpan Now => broker.Network.World.Now;

    public bool IsSubscribedTo(string subject) => _isListening && _subscriptions.ContainsKey(subject);

    public void Subscribe(string subject, Func<ReceivedMessage, CancellationToken, ValueTask> received) =>
        _subscriptions[subject] = received;

    public ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        if (!_isConnected)
            return ValueTask.FromResult(false);
        // Copy: the publisher reuses its buffer.
        _unsent.Add(new BusMessage(subject, replyTo, payload.ToArray(), Now));
        if (_unsent.Count == 1)
            process.Post(_ => Flush(), null);
        return ValueTask.FromResult(true);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await ConnectAsync(cancellationToken) && await SubscribeAsync(cancellationToken))
            {
                if (Connected is { } connected)
                    await connected(cancellationToken);
                await ReceiveAsync(cancellationToken);
            }

            await Task.Delay(Reconnect, process.Time, cancellationToken);
        }
    }

    /// <summary>The connection is lost, which the client notices now.</summary>
    public void Lost()
    {
        (_out, _in) = (new InOrder(), new InOrder());
        process.Post(
            _ =>
            {
                _isConnected = _isListening = false;
                _unsent.Clear();
                _inbox.Clear();
                Wake();
            },
            null
        );
    }

    public void Send(IReadOnlyList<BusMessage> messages)
    {
        var (order, number) = (_in, _in.Send());
        broker.Network.After(
            broker.Machine,
            Machine,
            () =>
                order.Arrive(
                    number,
                    () =>
                        process.Post(
                            _ =>
                            {
                                if (order != _in || !_isConnected)
                                    return;
                                foreach (var message in messages)
                                    _inbox.Enqueue(message);
                                Wake();
                            },
                            null
                        )
                )
        );
    }

    /// <summary>Messages written together travel together, as over TCP.</summary>
    private void Flush()
    {
        var messages = _unsent;
        _unsent = [];
        if (!_isConnected || messages.Count == 0)
            return;
        var (order, number) = (_out, _out.Send());
        broker.Network.After(
            Machine,
            broker.Machine,
            () =>
                order.Arrive(
                    number,
                    () =>
                    {
                        if (order == _out)
                            broker.Publish(this, messages);
                    }
                )
        );
    }

    private async Task<bool> ConnectAsync(CancellationToken cancellationToken)
    {
        var (answer, connection) = (new TaskCompletionSource<bool>(), _in);
        using var left = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        broker.Network.After(
            Machine,
            broker.Machine,
            () =>
            {
                var accepted = broker.TryConnect(this);
                broker.Network.After(broker.Machine, Machine, () => process.Post(_ => answer.TrySetResult(accepted), null));
            }
        );
        // The server may have gone, and this side may know, before the reply arrived over a link that was cut.
        return _isConnected = await answer.Task && connection == _in;
    }

    private async Task<bool> SubscribeAsync(CancellationToken cancellationToken)
    {
        if (SubscribesAfter > TimeSpan.Zero)
            await Task.Delay(SubscribesAfter, process.Time, cancellationToken);
        return _isListening = _isConnected;
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        while (_isConnected)
        {
            while (_inbox.TryDequeue(out var message))
            {
                SentAt = message.SentAt;
                await _subscriptions[message.Subject]
                    (new ReceivedMessage(message.Subject, message.ReplyTo, message.Payload), cancellationToken);
            }

            if (!_isConnected)
                return;
            _news = new TaskCompletionSource();
            using var left = cancellationToken.UnsafeRegister(static source => ((TaskCompletionSource)source!).TrySetCanceled(), _news);
            await _news.Task;
        }
    }

    private void Wake()
    {
        var news = _news;
        _news = null;
        news?.TrySetResult();
    }
}

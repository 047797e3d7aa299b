using System.Threading.Channels;

namespace Scheduler.Messaging;

/// <summary>
/// Delivers messages between parts of one process, in place of a NATS server. As with NATS, a message reaches only those that are connected
/// when it is published.
/// </summary>
/// <param name="queueLength">
/// Messages that may wait for one client before publishers wait too. A table of ten thousand routes is published in a few bursts of this
/// size.
/// </param>
public sealed class LocalBroker(int queueLength = 1024)
{
    private readonly Lock _lock = new();
    private LocalBus[] _connected = [];

    /// <summary>A client of this broker.</summary>
    public IMessageBus CreateClient() => new LocalBus(this, queueLength);

    private void Connect(LocalBus bus)
    {
        lock (_lock)
            _connected = [.. _connected, bus];
    }

    private void Disconnect(LocalBus bus)
    {
        lock (_lock)
            _connected = [.. _connected.Where(other => other != bus)];
    }

    private sealed class LocalBus(LocalBroker broker, int queueLength) : IMessageBus
    {
        private readonly List<(string Subject, Func<ReceivedMessage, CancellationToken, ValueTask> Received)> _subscriptions = [];
        private Channel<ReceivedMessage>? _inbox;

        public bool IsConnected => Volatile.Read(ref _inbox) is not null;

        public Func<CancellationToken, ValueTask>? Connected { get; set; }

        public void Subscribe(string subject, Func<ReceivedMessage, CancellationToken, ValueTask> received) =>
            _subscriptions.Add((subject, received));

        public async ValueTask<bool> PublishAsync(
            string subject,
            string? replyTo,
            ReadOnlyMemory<byte> payload,
            CancellationToken cancellationToken
        )
        {
            if (!IsConnected)
                return false;
            // Copied: the publisher reuses its buffer.
            var message = new ReceivedMessage(subject, replyTo, payload.ToArray());
            foreach (var other in Volatile.Read(ref broker._connected))
            {
                if (other != this && other._subscriptions.Exists(subscription => Matches(subscription.Subject, subject)))
                    await other.EnqueueAsync(message, cancellationToken);
            }

            return true;
        }

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            var inbox = Channel.CreateBounded<ReceivedMessage>(new BoundedChannelOptions(queueLength) { SingleReader = true });
            Volatile.Write(ref _inbox, inbox);
            broker.Connect(this);
            try
            {
                if (Connected is { } connected)
                    await connected(cancellationToken);
                await foreach (var message in inbox.Reader.ReadAllAsync(cancellationToken))
                {
                    foreach (var (subject, received) in _subscriptions)
                    {
                        if (Matches(subject, message.Subject))
                            await received(message, cancellationToken);
                    }
                }
            }
            finally
            {
                broker.Disconnect(this);
                Volatile.Write(ref _inbox, null);
                // Publishers that wait for space must not wait for ever.
                inbox.Writer.Complete();
            }
        }

        private async ValueTask EnqueueAsync(ReceivedMessage message, CancellationToken cancellationToken)
        {
            try
            {
                if (Volatile.Read(ref _inbox) is { } inbox)
                    await inbox.Writer.WriteAsync(message, cancellationToken);
            }
            catch (ChannelClosedException)
            {
                // This client has just disconnected, so the message is not for it.
            }
        }

        private static bool Matches(string pattern, string subject)
        {
            if (!pattern.EndsWith(".*", StringComparison.Ordinal))
                return pattern == subject;
            var prefix = pattern.Length - 1;
            return subject.Length > prefix
                && subject.AsSpan(0, prefix).SequenceEqual(pattern.AsSpan(0, prefix))
                && subject.IndexOf('.', prefix) < 0;
        }
    }
}

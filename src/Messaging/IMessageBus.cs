namespace Scheduler.Messaging;

/// <summary>Publish and subscribe by subject, with at-most-once delivery.</summary>
public interface IMessageBus
{
    /// <summary>Whether messages can arrive now. Without a connection, silence says nothing about the publishers.</summary>
    bool IsConnected { get; }

    /// <summary>Called on each new connection, after the subscriptions are restored. Set it before the bus runs.</summary>
    Func<CancellationToken, ValueTask>? Connected { get; set; }

    /// <summary>
    /// Sends, or waits while too much is pending on the connection. Without a connection the message is dropped: the publisher repeats
    /// itself when <see cref="Connected"/> is called. A message that is too large for the server is also dropped.
    /// </summary>
    /// <returns>Whether the message was handed to a connection.</returns>
    ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="received"/> for each message, one after the other in the order of arrival. Two subscriptions keep no order
    /// between them. A subscription survives reconnects. Do not call this while the bus runs.
    /// </summary>
    /// <param name="subject">A subject, such as <c>router.register</c>, or <c>router.*</c> for all with one more word.</param>
    void Subscribe(string subject, Func<ReceivedMessage, CancellationToken, ValueTask> received);

    /// <summary>Keeps a connection open until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

/// <summary>A message as its subscriber receives it.</summary>
/// <param name="Subject">What it was published on.</param>
/// <param name="ReplyTo">The subject for an answer; null if none is expected.</param>
/// <param name="Payload">Valid until the handler has returned.</param>
public readonly record struct ReceivedMessage(string Subject, string? ReplyTo, ReadOnlyMemory<byte> Payload);

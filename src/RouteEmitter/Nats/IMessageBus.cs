namespace Scheduler.RouteEmitter.Nats;

/// <summary>Publish and subscribe by subject, with at-most-once delivery.</summary>
internal interface IMessageBus
{
    /// <summary>Called on each new connection, after the subscriptions are restored. Set it before the bus runs.</summary>
    Func<CancellationToken, ValueTask>? Connected { get; set; }

    /// <summary>
    /// Sends, or waits while too much is pending on the connection. Without a connection the message is dropped: the publisher repeats
    /// itself when <see cref="Connected"/> is called. A message that is too large for the server is also dropped.
    /// </summary>
    /// <returns>Whether the message was handed to a connection.</returns>
    ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>
    /// Calls <paramref name="received"/> for each message, in order per subject. The subscription survives reconnects. Do not call this
    /// while the bus runs.
    /// </summary>
    void Subscribe(string subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> received);

    /// <summary>Keeps a connection open until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

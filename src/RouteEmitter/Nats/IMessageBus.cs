namespace Scheduler.RouteEmitter.Nats;

/// <summary>Publish and subscribe by subject, at most once.</summary>
internal interface IMessageBus
{
    /// <summary>Called each time that a connection stands, after the subscriptions are back. Set before the bus runs.</summary>
    Func<CancellationToken, ValueTask>? Connected { get; set; }

    /// <summary>
    /// Sends, or waits while too much is pending on the connection. While there is no connection the message is dropped: who
    /// publishes repeats itself when <see cref="Connected"/> is called. So is a message that is too large for the server.
    /// </summary>
    /// <returns>Whether the message was handed to a connection.</returns>
    ValueTask<bool> PublishAsync(string subject, string? replyTo, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    /// <summary>Calls <paramref name="received"/> for each message, in the subject's order; lasts over reconnects. Not to be called while the bus runs.</summary>
    void Subscribe(string subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> received);

    /// <summary>Keeps a connection until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);
}

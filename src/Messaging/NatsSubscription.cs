namespace Scheduler.Messaging;

/// <summary>A subject and the handler of its messages.</summary>
internal sealed record NatsSubscription(string Subject, Func<ReceivedMessage, CancellationToken, ValueTask> Received);

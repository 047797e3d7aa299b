namespace Scheduler.RouteEmitter.Nats;

/// <summary>A subject and the handler of its messages.</summary>
internal sealed record NatsSubscription(string Subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> Received);

namespace Scheduler.RouteEmitter.Nats;

/// <summary>Who wants to hear what.</summary>
internal sealed record NatsSubscription(string Subject, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> Received);

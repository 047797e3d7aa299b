namespace Scheduler.RouteEmitter.Nats;

/// <summary>What a NATS server says to a client.</summary>
internal enum NatsFrameKind
{
    Info,
    Message,
    Ping,
    Pong,
    Ok,
    Error,
}

/// <summary>One protocol message of a server.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Text">Of Info its JSON, of Error its text, of Message the subject.</param>
/// <param name="SubscriptionId">Of Message: whose it is.</param>
/// <param name="Payload">Of Message: a copy of the body.</param>
internal readonly record struct NatsFrame(NatsFrameKind Kind, string Text = "", int SubscriptionId = 0, ReadOnlyMemory<byte> Payload = default);

/// <summary>A server said something that is not NATS, or refused us.</summary>
internal sealed class NatsException(string message, Exception? inner = null) : Exception(message, inner);

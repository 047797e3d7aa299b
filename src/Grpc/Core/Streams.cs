namespace Grpc.Core;

/// <summary>Messages as they come in, one at a time.</summary>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last <see cref="MoveNext"/> brought.</summary>
    T Current { get; }

    /// <summary>Waits for the next message; false after the last. One at a time.</summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}

/// <summary>Messages going out, one at a time; a write ends when the transport has taken the message, so a slow reader slows its writer.</summary>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>For the writes that follow; null: the call's.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message; the one before must have ended.</summary>
    Task WriteAsync(T message);

    /// <summary>Writes a message; cancelling the write cancels the call, because part of the message may be on its way.</summary>
    Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
            throw new NotSupportedException("Cancellation of stream writes is not supported by this gRPC implementation.");
        return WriteAsync(message);
    }
}

/// <summary>What a client streams.</summary>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Says that no more messages follow.</summary>
    Task CompleteAsync();
}

/// <summary>What a server streams.</summary>
public interface IServerStreamWriter<in T> : IAsyncStreamWriter<T>
{
}

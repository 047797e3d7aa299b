using Grpc.Core;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>The messages that a client streams. A write ends when the connection has taken the message, so a slow server slows its client.</summary>
internal sealed class ClientStreamWriter<TRequest, TResponse>(ClientCall<TRequest, TResponse> call, StreamedRequestContent content, WriteOptions? writeOptions)
    : IClientStreamWriter<TRequest>
    where TRequest : class
    where TResponse : class
{
    private bool _writing;
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; } = writeOptions;

    public Task WriteAsync(TRequest message) => WriteAsync(message, default);

    public async Task WriteAsync(TRequest message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (_completed)
            throw new InvalidOperationException("Request stream has already been completed.");
        if (Interlocked.Exchange(ref _writing, true))
            throw new InvalidOperationException("Can't write the message because the previous write is in progress.");
        try
        {
            using var registration = call.EndOn(cancellationToken);
            using var frame = new PooledBuffer();
            call.Serialize(message, frame, WriteOptions);
            await content.WriteAsync(frame.Written, flush: (WriteOptions?.Flags & WriteFlags.BufferHint) != WriteFlags.BufferHint);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw call.WriteFailed(e);
        }
        finally
        {
            Volatile.Write(ref _writing, false);
        }
    }

    public Task CompleteAsync()
    {
        if (Volatile.Read(ref _writing))
            throw new InvalidOperationException("Can't complete the client stream writer because the previous write is in progress.");
        _completed = true;
        content.Complete();
        return Task.CompletedTask;
    }
}

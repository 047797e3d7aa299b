using Grpc.Core;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>The messages that a server streams. A write ends when the transport has room again, so a slow client slows the method down.</summary>
internal sealed class ServerStreamWriter<TResponse>(ServerCall call, Marshaller<TResponse> marshaller) : IServerStreamWriter<TResponse>
    where TResponse : class
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(TResponse message) => WriteAsync(message, default);

    public Task WriteAsync(TResponse message, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(message);
        var options = WriteOptions ?? call.WriteOptions;
        if ((options?.Flags & WriteFlags.BufferHint) != WriteFlags.BufferHint)
            return call.WriteAndFlushAsync(marshaller, message, options, cancellationToken).AsTask();
        call.Write(marshaller, message, options);
        return Task.CompletedTask;
    }
}

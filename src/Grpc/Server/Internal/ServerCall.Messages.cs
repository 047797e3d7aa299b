using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed partial class ServerCall
{
    private string? RequestEncoding => HttpContext.Request.Headers.GrpcEncoding;

    /// <summary>Reads the one message of a call whose client does not stream, to the end of the request.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TRequest> ReadSingleAsync<TRequest>(Marshaller<TRequest> marshaller)
        where TRequest : class
    {
        TRequest? message = null;
        var reader = HttpContext.Request.BodyReader;
        while (true)
        {
            var result = await ReadAsync(reader, DeadlineToken);
            var buffer = result.Buffer;
            if (message is null && FrameHeader.TryTake(ref buffer, _options.MaxReceive, out var compressed, out var payload))
                message = MessageParser.Parse(marshaller, payload, compressed, compressed ? RequestEncoding : null, _options.Providers, _options.MaxReceive);
            if (message is not null && !buffer.IsEmpty)
                throw Failure.Unimplemented("The method takes one message and the client sent more.");
            if (result.IsCompleted)
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (message is not null)
                    return message;
                throw buffer.IsEmpty ? Failure.Unimplemented("The method takes one message and the client sent none.") : Failure.Truncated();
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads the next message of a stream; null at its end.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TRequest?> ReadNextAsync<TRequest>(Marshaller<TRequest> marshaller, CancellationToken cancellationToken)
        where TRequest : class
    {
        var reader = HttpContext.Request.BodyReader;
        using var both = cancellationToken.CanBeCanceled && _cancellation is not null
            ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _cancellation.Token)
            : null;
        var token = both?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : DeadlineToken);
        while (true)
        {
            var result = await ReadAsync(reader, token);
            var buffer = result.Buffer;
            if (FrameHeader.TryTake(ref buffer, _options.MaxReceive, out var compressed, out var payload))
            {
                var message = MessageParser.Parse(marshaller, payload, compressed, compressed ? RequestEncoding : null, _options.Providers, _options.MaxReceive);
                reader.AdvanceTo(buffer.Start);
                return message;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return buffer.IsEmpty ? null : throw Failure.Truncated();
        }
    }

    /// <summary>Writes a message that goes out together with what follows: with the trailers, if it is the last.</summary>
    public void Write<TResponse>(Marshaller<TResponse> marshaller, TResponse message, WriteOptions? options)
    {
        BeginWrite();
        try
        {
            Append(marshaller, message, options ?? _writeOptions);
        }
        finally
        {
            EndWrite();
        }
    }

    /// <summary>Writes a message and sends it; ends when the transport has room again.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask WriteAndFlushAsync<TResponse>(Marshaller<TResponse> marshaller, TResponse message, WriteOptions? options, CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            Append(marshaller, message, options ?? _writeOptions);
            var result = await HttpContext.Response.BodyWriter.FlushAsync(cancellationToken);
            if (result.IsCompleted || result.IsCanceled)
                throw ClientGone(null);
        }
        finally
        {
            EndWrite();
        }
    }

    private void Append<TResponse>(Marshaller<TResponse> marshaller, TResponse message, WriteOptions? options)
    {
        var writer = HttpContext.Response.BodyWriter;
        var compressor = (options?.Flags & WriteFlags.NoCompress) == WriteFlags.NoCompress ? null : _compressor;
        var before = writer.UnflushedBytes;
        _hasBody = true;
        try
        {
            MessageWriter.Write(marshaller, message, writer, _options.MaxSend, compressor);
        }
        catch when (writer.UnflushedBytes != before)
        {
            // Half a message stands in the response: nothing that follows could be understood.
            Reset(Http2Errors.InternalError);
            throw;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or Microsoft.AspNetCore.Connections.ConnectionAbortedException)
        {
            throw ClientGone(e);
        }
    }

    // The transport may tell the reader or writer before it cancels RequestAborted.
    private OperationCanceledException ClientGone(Exception? cause)
    {
        _clientGone = true;
        return new OperationCanceledException("The client has given up the call.", cause, CancellationToken);
    }
}

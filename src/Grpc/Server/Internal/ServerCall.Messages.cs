using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Wire;

namespace Grpc.AspNetCore.Server.Internal;

internal sealed partial class ServerCall
{
    private string? RequestEncoding => HttpContext.Request.Headers[WireNames.Encoding];

    /// <summary>Reads the one message of a call whose client does not stream, to the end of the request.</summary>
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

    /// <summary>Writes a message; without a flush it goes out together with what follows.</summary>
    public async ValueTask WriteAsync<TResponse>(Marshaller<TResponse> marshaller, TResponse message, WriteOptions? options, bool flush, CancellationToken cancellationToken)
    {
        BeginWrite();
        try
        {
            var response = HttpContext.Response;
            // The body writer is a plain pipe only after the headers have been queued.
            if (!response.HasStarted)
                await response.StartAsync(cancellationToken);
            Append(marshaller, message, options ?? _writeOptions);
            if (!flush)
                return;
            var result = await response.BodyWriter.FlushAsync(cancellationToken);
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

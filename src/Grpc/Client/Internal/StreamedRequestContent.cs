using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>Messages that are written while the call goes on: holds the request stream of the connection open for the writer.</summary>
internal sealed class StreamedRequestContent : HttpContent, IRequestContent
{
    private readonly TaskCompletionSource<(Stream Stream, CancellationToken Token)> _stream = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public StreamedRequestContent() => Headers.TryAddWithoutValidation("Content-Type", WireNames.ContentType);

    public async Task WriteAsync(ReadOnlyMemory<byte> frame, bool flush)
    {
        var (stream, token) = await _stream.Task;
        await stream.WriteAsync(frame, token);
        if (flush)
            await stream.FlushAsync(token);
    }

    public void Complete() => _completed.TrySetResult();

    public void Release()
    {
        _stream.TrySetCanceled();
        _completed.TrySetCanceled();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // Sends the headers: the server may speak first.
        await stream.FlushAsync(cancellationToken);
        if (!_stream.TrySetResult((stream, cancellationToken)))
            throw new InvalidOperationException("The connection did not take the call, and part of its stream may have been sent: it cannot be sent again.");
        await _completed.Task.WaitAsync(cancellationToken);
    }
}

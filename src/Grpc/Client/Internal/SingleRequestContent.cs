using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// One message in a pooled buffer. The handler may send it again on another connection if the first did not take it, and may still be
/// sending when the call has ended, so the buffer is counted.
/// </summary>
/// <remarks>
/// A <see cref="ByteArrayContent"/> because the handler sends what it knows to be finite before it turns to the response, and any other
/// content side by side with it, which costs a tenth of a small call.
/// </remarks>
internal sealed class SingleRequestContent : ByteArrayContent, IRequestContent
{
    private readonly PooledBuffer _frame;
    private int _users = 1;
    private bool _released;

    public SingleRequestContent(PooledBuffer frame)
        : base([])
    {
        _frame = frame;
        Headers.TryAddWithoutValidation("Content-Type", WireNames.ContentType);
    }

    public void Release()
    {
        if (!Interlocked.Exchange(ref _released, true))
            Leave();
    }

    // Length is left out as in every gRPC implementation: the frame says it.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!TryEnter())
            throw new OperationCanceledException("The call has ended.");
        try
        {
            await stream.WriteAsync(_frame.Written, cancellationToken);
        }
        finally
        {
            Leave();
        }
    }

    private bool TryEnter()
    {
        var users = Volatile.Read(ref _users);
        while (users > 0)
        {
            var seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _frame.Dispose();
    }
}

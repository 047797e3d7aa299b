using System.Net;
using Grpc.Wire;

namespace Grpc.Net.Client.Internal;

/// <summary>
/// One message in a pooled buffer. The handler may send it again on another connection if the first did not take it, and may still be
/// sending when the call has ended, so the buffer is counted.
/// </summary>
internal sealed class SingleRequestContent(PooledBuffer frame) : RequestContent
{
    private int _users = 1;
    private bool _released;

    public override void Release()
    {
        if (!Interlocked.Exchange(ref _released, true))
            Leave();
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (!TryEnter())
            throw new OperationCanceledException("The call has ended.");
        try
        {
            await stream.WriteAsync(frame.Written, cancellationToken);
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
            frame.Dispose();
    }
}

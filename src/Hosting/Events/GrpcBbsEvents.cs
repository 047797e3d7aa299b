using System.Runtime.CompilerServices;
using Grpc.Core;
using Scheduler.Contracts.V1;

namespace Scheduler.Hosting.Events;

/// <summary>gRPC client of the active BBS's event stream.</summary>
public sealed class GrpcBbsEvents(CallInvoker bbs) : IBbsEvents
{
    private readonly EventService.EventServiceClient _events = new(bbs);

    /// <inheritdoc/>
    public async IAsyncEnumerable<Event> FollowAsync(FollowRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = _events.Follow(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
            yield return call.ResponseStream.Current;
    }
}

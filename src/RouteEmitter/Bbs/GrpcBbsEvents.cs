using System.Runtime.CompilerServices;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;

namespace Scheduler.RouteEmitter.Bbs;

/// <summary>The event stream of the active BBS.</summary>
internal sealed class GrpcBbsEvents(BbsConnection bbs) : IBbsEvents
{
    private readonly EventService.EventServiceClient _events = new(bbs.Invoker);

    public async IAsyncEnumerable<Event> FollowAsync(FollowRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = _events.Follow(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
            yield return call.ResponseStream.Current;
    }
}

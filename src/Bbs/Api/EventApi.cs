using Grpc.Core;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class EventApi(BbsNode node, RequestRules rules) : EventService.EventServiceBase
{
    public override async Task Follow(FollowRequest request, IServerStreamWriter<Event> responseStream, ServerCallContext context)
    {
        rules.Check(request);
        var term = node.Active;
        var filter = EventFilter.Of(request);
        var view = DefinitionView.Of(context);
        var state = term.State;
        var after = state.Revision;
        if (request.Snapshot)
        {
            foreach (var @event in SnapshotEvents.Of(state))
            {
                if (filter.Passes(@event))
                    await responseStream.WriteAsync(view.Show(@event), context.CancellationToken);
            }
            await responseStream.WriteAsync(
                new Event { Revision = after, SnapshotComplete = new SnapshotCompleteEvent() },
                context.CancellationToken
            );
        }
        else if (request.HasAfterRevision)
        {
            after = request.AfterRevision;
        }
        await foreach (var @event in term.Events.FollowAsync(after, filter.Passes, sayHello: !request.Snapshot, context.CancellationToken))
            await responseStream.WriteAsync(view.Show(@event), context.CancellationToken);
    }
}

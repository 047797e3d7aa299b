using Grpc.Core;
using Scheduler.Bbs.Events;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class EventApi(BbsNode node, RequestRules rules) : EventService.EventServiceBase
{
    /// <summary>Rows that may wait for a flush: at some hundreds of bytes each, about as much as a connection holds.</summary>
    private const int MostWaiting = 100;

    private static readonly WriteOptions Waits = new(WriteFlags.BufferHint);

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
            await WriteAsync(SnapshotEvents.Of(state).Where(filter.Passes).Select(view.Show), responseStream, context.CancellationToken);
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

    // Flushing each of a million rows takes longer than writing them. Definitions may have megabytes, so none of them waits for a flush.
    private static async Task WriteAsync(IEnumerable<Event> snapshot, IServerStreamWriter<Event> stream, CancellationToken cancellation)
    {
        var waiting = 0;
        foreach (var @event in snapshot)
        {
            var mayWait = @event.PayloadCase == Event.PayloadOneofCase.ActualLrpInstanceCreated && waiting < MostWaiting;
            waiting = mayWait ? waiting + 1 : 0;
            stream.WriteOptions = mayWait ? Waits : null;
            await stream.WriteAsync(@event, cancellation);
        }
        stream.WriteOptions = null;
    }
}

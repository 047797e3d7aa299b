using Scheduler.Bbs.Events;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Node;

/// <summary>One term of leadership of this node: what was loaded for it, and all that serves from that.</summary>
internal sealed class ActiveTerm(long epoch, Lease lease, CommandLoop loop, EventHub events, OutboundWork outbound)
{
    public long Epoch { get; } = epoch;

    public CommandLoop Loop { get; } = loop;

    public EventHub Events { get; } = events;

    public OutboundWork Outbound { get; } = outbound;

    public bool MayServe => lease.IsValid;

    public BbsState State => Loop.State;
}

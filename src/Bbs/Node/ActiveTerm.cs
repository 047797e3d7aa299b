using Scheduler.Bbs.Events;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Node;

/// <summary>One term of leadership of this node: the state loaded for it and everything that serves from that state.</summary>
internal sealed class ActiveTerm(long epoch, Lease lease, CommandLoop loop, EventHub events, OutboundWork outbound)
{
    public long Epoch { get; } = epoch;

    public CommandLoop Loop { get; } = loop;

    public EventHub Events { get; } = events;

    public OutboundWork Outbound { get; } = outbound;

    public bool MayServe => lease.IsValid;

    public BbsState State => Loop.State;
}

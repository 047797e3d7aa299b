using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>A decision as it was made.</summary>
/// <param name="Then">How the fleet looked to work that was refused; null for what was placed, and for most of a flood of refusals.</param>
internal readonly record struct RememberedDecision(WorkItem Work, PlacementResult Result, DateTimeOffset DecidedAt, PlacementExplanation? Then);

/// <summary>
/// The last decisions, in a ring. Remembering costs a copy into the ring and nothing else; whoever asks pays for the
/// search, which is rare and takes some ten microseconds.
/// </summary>
internal sealed class DecisionMemory(int capacity)
{
    private readonly RememberedDecision[] _ring = new RememberedDecision[capacity];
    private int _next;

    public void Remember(in RememberedDecision decision)
    {
        if (_ring.Length == 0)
            return;
        _ring[_next] = decision;
        _next = _next + 1 == _ring.Length ? 0 : _next + 1;
    }

    /// <summary>The latest decision about this LRP instance or task; null when it is forgotten or was never made.</summary>
    public RememberedDecision? Find(string guid, int index)
    {
        for (var i = 1; i <= _ring.Length; i++)
        {
            ref readonly var decision = ref _ring[(_next - i + _ring.Length) % _ring.Length];
            if (decision.Work is null)
                return null;
            if (decision.Work.Index == index && decision.Work.Guid == guid)
                return decision;
        }

        return null;
    }
}

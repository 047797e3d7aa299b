using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>A decision as it was made.</summary>
/// <param name="Then">Explanation of a refusal at the time of the decision; null for placed work, and for most of a flood of
/// refusals.</param>
internal readonly record struct RememberedDecision(
    WorkItem Work,
    PlacementResult Result,
    DateTimeOffset DecidedAt,
    PlacementExplanation? Then
);

/// <summary>
/// Ring buffer of the last decisions. Remembering one costs a copy into the ring and nothing else. The caller pays for the search, which is
/// rare and takes some ten microseconds.
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

    /// <summary>The latest decision about this LRP instance or task; null if it is forgotten or was never made.</summary>
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

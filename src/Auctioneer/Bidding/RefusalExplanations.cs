using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Explanations of refusals at the time of the decision, as far as the loop can afford them: an explanation looks at every cell. Refused
/// work of the same shape shares one explanation within an auction, and their number per second is limited. The other refusals are
/// explained on request.
/// </summary>
internal sealed class RefusalExplanations(AuctionEngine engine, int perSecond, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(WorkKind Kind, int MemoryMb, int DiskMb, ConstraintSet Constraints), PlacementExplanation> _shared = [];
    private long _windowStart = time.GetTimestamp();
    private int _made;

    /// <summary>The fleet changes between auctions, so explanations are not shared across them.</summary>
    public void BeginAuction() => _shared.Clear();

    public PlacementExplanation? Explain(in PlacementAsk ask)
    {
        var shape = (ask.Kind, ask.MemoryMb, ask.DiskMb, ask.Constraints);
        if (_shared.TryGetValue(shape, out var known))
            return known;
        if (!IsAffordable())
            return null;
        return _shared[shape] = engine.Explain(ask);
    }

    private bool IsAffordable()
    {
        if (time.GetElapsedTime(_windowStart) >= Window)
        {
            _windowStart = time.GetTimestamp();
            _made = 0;
        }

        return _made++ < perSecond;
    }
}

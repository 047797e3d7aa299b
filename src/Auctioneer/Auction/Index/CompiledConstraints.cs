using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>A constraint set with the groups that pass it. There is no other kind, so every <see cref="ConstraintSet"/> is one.</summary>
internal sealed class CompiledConstraints(PlacementConstraint constraint) : ConstraintSet(constraint)
{
    /// <summary>The table that holds this now; only that engine's thread touches what follows.</summary>
    public ConstraintTable? Owner { get; set; }

    public EligibleGroups Eligible { get; } = new();

    /// <summary>When the owner last handed this out, on the owner's own count.</summary>
    public long LastUsed { get; set; }
}

using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// A constraint set with the groups that satisfy it. It is the only implementation, so every <see cref="ConstraintSet"/> is one.
/// </summary>
internal sealed class CompiledConstraints(PlacementConstraint constraint) : ConstraintSet(constraint)
{
    /// <summary>The table that holds this set now; only that engine's thread may use the members below.</summary>
    public ConstraintTable? Owner { get; set; }

    public EligibleGroups Eligible { get; } = new();

    /// <summary>The owner's use count when it last returned this set.</summary>
    public long LastUsed { get; set; }
}

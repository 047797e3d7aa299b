using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>
/// An interned <see cref="PlacementConstraint"/>: work with the same constraints shares one, and with it the list of
/// candidate groups that fit. Holding on to one is always safe; the engine that dropped it from its table takes it
/// up again when it is next used.
/// </summary>
public sealed class ConstraintSet
{
    internal ConstraintSet(PlacementConstraint constraint)
    {
        Constraint = constraint;
        RootFs = RootFsUrl.Parse(constraint.RootFs);
    }

    public PlacementConstraint Constraint { get; }

    internal RootFsUrl RootFs { get; }

    /// <summary>The table that holds this now; only that engine's thread touches what follows.</summary>
    internal ConstraintTable? Owner { get; set; }

    internal EligibleGroups Eligible { get; } = new();

    /// <summary>When the owner last handed this out, on the owner's own count.</summary>
    internal long LastUsed { get; set; }
}

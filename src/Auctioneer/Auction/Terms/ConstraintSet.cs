using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>
/// An interned <see cref="PlacementConstraint"/>, created by the engine. Work with the same constraints shares one, and with it the list of
/// cells that fit. Keeping a reference is always safe: an engine that evicted the set from its table adds it again at its next use.
/// </summary>
public abstract class ConstraintSet
{
    private protected ConstraintSet(PlacementConstraint constraint)
    {
        Constraint = constraint;
        RootFs = RootFsUrl.Parse(constraint.RootFs);
    }

    public PlacementConstraint Constraint { get; }

    internal RootFsUrl RootFs { get; }
}

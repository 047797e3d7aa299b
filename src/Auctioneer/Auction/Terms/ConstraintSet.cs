using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

/// <summary>
/// An interned <see cref="PlacementConstraint"/>, made by the engine: work with the same constraints shares one, and with
/// it the list of cells that fit. Holding on to one is always safe; the engine that dropped it from its table takes it up
/// again when it is next used.
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

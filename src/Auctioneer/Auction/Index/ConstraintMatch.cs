using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>How far a cell passed the constraints, in the order in which they are applied.</summary>
internal enum ConstraintStage
{
    RootFs = 0,
    VolumeDrivers = 1,
    PlacementTags = 2,
    Privileges = 3,
    Passed = 4,
}

/// <summary>
/// Diego's matching rules between the constraints of work and a kind of cell, plus one that Diego lacks: privileged work needs a cell that
/// allows its privileges.
/// </summary>
internal static class ConstraintMatch
{
    /// <summary>The constraint that rejects the cell, or <see cref="ConstraintStage.Passed"/>.</summary>
    public static ConstraintStage Test(CellKind kind, ConstraintSet wanted)
    {
        if (!OffersRootFs(kind.RootFsProviders, wanted.RootFs))
            return ConstraintStage.RootFs;
        if (!ContainsAll(kind.VolumeDrivers, wanted.Constraint.VolumeDrivers))
            return ConstraintStage.VolumeDrivers;
        if (!OffersTags(kind, wanted.Constraint.PlacementTags))
            return ConstraintStage.PlacementTags;
        return ContainsAll(kind.Privileges, wanted.Constraint.Privileges) ? ConstraintStage.Passed : ConstraintStage.Privileges;
    }

    private static bool OffersRootFs(IReadOnlyList<RootFsProvider> providers, RootFsUrl wanted)
    {
        foreach (var provider in providers)
            if (provider.Scheme == wanted.Scheme)
                return provider.Names is null || Contains(provider.Names, wanted.Opaque);
        return false;
    }

    /// <summary>Every required tag must be wanted, and every wanted tag must be required or optional on the cell.</summary>
    private static bool OffersTags(CellKind kind, IReadOnlyList<string> wanted)
    {
        foreach (var required in kind.PlacementTags)
            if (!Contains(wanted, required))
                return false;
        foreach (var tag in wanted)
            if (!Contains(kind.PlacementTags, tag) && !Contains(kind.OptionalPlacementTags, tag))
                return false;
        return true;
    }

    private static bool ContainsAll(IReadOnlyList<string> offered, IReadOnlyList<string> wanted)
    {
        foreach (var item in wanted)
            if (!Contains(offered, item))
                return false;
        return true;
    }

    private static bool Contains(IReadOnlyList<string> items, string item)
    {
        foreach (var candidate in items)
            if (candidate == item)
                return true;
        return false;
    }

    /// <summary>The error text for work whose best cell reached <paramref name="furthest"/>.</summary>
    public static string ErrorText(ConstraintStage furthest, PlacementConstraint wanted) =>
        furthest switch
        {
            ConstraintStage.RootFs => PlacementErrors.CellMismatch,
            ConstraintStage.VolumeDrivers => PlacementErrors.VolumeDriverMismatch,
            ConstraintStage.PlacementTags => PlacementErrors.TagMismatch(wanted.PlacementTags),
            ConstraintStage.Privileges => PlacementErrors.PrivilegesMismatch(wanted.Privileges),
            ConstraintStage.Passed => throw new ArgumentOutOfRangeException(nameof(furthest), furthest, "is no failure"),
        };
}

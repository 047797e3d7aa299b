using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// The properties that constraints test. A fleet has few kinds, and all cells of one kind pass or fail together, so constraints are tested
/// once per kind and constraint set instead of once per cell and decision.
/// </summary>
internal sealed class CellKind(CellReport report) : IEquatable<CellKind>
{
    public IReadOnlyList<RootFsProvider> RootFsProviders { get; } = SortedProviders(report.RootFsProviders);
    public IReadOnlyList<string> PlacementTags { get; } = Sorted(report.PlacementTags);
    public IReadOnlyList<string> OptionalPlacementTags { get; } = Sorted(report.OptionalPlacementTags);
    public IReadOnlyList<string> VolumeDrivers { get; } = Sorted(report.VolumeDrivers);
    public IReadOnlyList<string> Privileges { get; } = Sorted(report.Privileges);

    /// <summary>Whether two reports list the same constraints in the same order, as most successive reports of a cell do.</summary>
    public static bool SameConstraints(CellReport a, CellReport b)
    {
        if (a.RootFsProviders.Count != b.RootFsProviders.Count)
            return false;
        for (var i = 0; i < a.RootFsProviders.Count; i++)
        {
            var (x, y) = (a.RootFsProviders[i], b.RootFsProviders[i]);
            if (x.Scheme != y.Scheme || x.Names is null != y.Names is null || !SameItems(x.Names ?? [], y.Names ?? []))
                return false;
        }

        return SameItems(a.PlacementTags, b.PlacementTags)
            && SameItems(a.OptionalPlacementTags, b.OptionalPlacementTags)
            && SameItems(a.VolumeDrivers, b.VolumeDrivers)
            && SameItems(a.Privileges, b.Privileges);
    }

    private static bool SameItems(IReadOnlyList<string> x, IReadOnlyList<string> y)
    {
        if (ReferenceEquals(x, y))
            return true;
        if (x.Count != y.Count)
            return false;
        for (var i = 0; i < x.Count; i++)
            if (x[i] != y[i])
                return false;
        return true;
    }

    public bool Equals(CellKind? other)
    {
        if (other is null || RootFsProviders.Count != other.RootFsProviders.Count)
            return false;
        for (var i = 0; i < RootFsProviders.Count; i++)
        {
            var (mine, theirs) = (RootFsProviders[i], other.RootFsProviders[i]);
            if (mine.Scheme != theirs.Scheme || mine.Names is null != theirs.Names is null)
                return false;
            if (mine.Names is not null && !mine.Names.SequenceEqual(theirs.Names!))
                return false;
        }

        return PlacementTags.SequenceEqual(other.PlacementTags)
            && OptionalPlacementTags.SequenceEqual(other.OptionalPlacementTags)
            && VolumeDrivers.SequenceEqual(other.VolumeDrivers)
            && Privileges.SequenceEqual(other.Privileges);
    }

    public override bool Equals(object? obj) => Equals(obj as CellKind);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var provider in RootFsProviders)
        {
            hash.Add(provider.Scheme);
            foreach (var name in provider.Names ?? [])
                hash.Add(name);
        }

        foreach (var tag in PlacementTags)
            hash.Add(tag);
        hash.Add(PlacementTags.Count);
        foreach (var tag in OptionalPlacementTags)
            hash.Add(tag);
        hash.Add(OptionalPlacementTags.Count);
        foreach (var driver in VolumeDrivers)
            hash.Add(driver);
        hash.Add(VolumeDrivers.Count);
        foreach (var privilege in Privileges)
            hash.Add(privilege);
        return hash.ToHashCode();
    }

    private static string[] Sorted(IReadOnlyList<string> items)
    {
        var copy = items.Distinct().ToArray();
        Array.Sort(copy, StringComparer.Ordinal);
        return copy;
    }

    private static RootFsProvider[] SortedProviders(IReadOnlyList<RootFsProvider> providers)
    {
        var copy = new RootFsProvider[providers.Count];
        for (var i = 0; i < copy.Length; i++)
            copy[i] = providers[i].Names is { } names ? providers[i] with { Names = Sorted(names) } : providers[i];
        Array.Sort(copy, static (a, b) => string.CompareOrdinal(a.Scheme, b.Scheme));
        return copy;
    }
}

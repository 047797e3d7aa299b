using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction;

/// <summary>The constraint sets in use, each held once, at most <paramref name="limit"/> of them: the longest unused goes first.</summary>
internal sealed class ConstraintTable(int limit)
{
    private readonly Dictionary<PlacementConstraint, ConstraintSet> _sets = new(ConstraintContent.Comparer);
    private ConstraintSet? _newest;
    private ConstraintSet? _oldest;

    public int Count => _sets.Count;

    public ConstraintSet Intern(PlacementConstraint constraint)
    {
        if (!_sets.TryGetValue(constraint, out var set)) set = Add(constraint);
        MarkUsed(set);
        return set;
    }

    /// <summary>Moves a set that this table holds to the front of the order of last use.</summary>
    public void MarkUsed(ConstraintSet set)
    {
        if (ReferenceEquals(_newest, set)) return;
        Unlink(set);
        Link(set);
    }

    private ConstraintSet Add(PlacementConstraint constraint)
    {
        if (_sets.Count >= limit) Evict(_oldest!);
        // A copy: the caller may reuse its lists, and the table's keys must not change.
        var kept = new PlacementConstraint(constraint.RootFs, [.. constraint.VolumeDrivers], [.. constraint.PlacementTags]);
        var set = new ConstraintSet(kept) { Owner = this };
        _sets.Add(kept, set);
        Link(set);
        return set;
    }

    private void Evict(ConstraintSet set)
    {
        Unlink(set);
        _sets.Remove(set.Constraint);
        set.Owner = null;
        set.Eligible.Version = -1;
        set.Eligible.Groups = [];
    }

    private void Link(ConstraintSet set)
    {
        set.Older = _newest;
        if (_newest is not null) _newest.Newer = set;
        _newest = set;
        _oldest ??= set;
    }

    private void Unlink(ConstraintSet set)
    {
        if (set.Newer is not null) set.Newer.Older = set.Older;
        else if (ReferenceEquals(_newest, set)) _newest = set.Older;
        if (set.Older is not null) set.Older.Newer = set.Newer;
        else if (ReferenceEquals(_oldest, set)) _oldest = set.Newer;
        set.Newer = null;
        set.Older = null;
    }

    /// <summary>Equality by content and order: the order of tags shows in the error text.</summary>
    private sealed class ConstraintContent : IEqualityComparer<PlacementConstraint>
    {
        public static ConstraintContent Comparer { get; } = new();

        public bool Equals(PlacementConstraint? x, PlacementConstraint? y)
        {
            if (ReferenceEquals(x, y)) return true;
            return x is not null && y is not null && x.RootFs == y.RootFs
                && SameItems(x.VolumeDrivers, y.VolumeDrivers) && SameItems(x.PlacementTags, y.PlacementTags);
        }

        public int GetHashCode(PlacementConstraint constraint)
        {
            var hash = new HashCode();
            hash.Add(constraint.RootFs);
            for (var i = 0; i < constraint.VolumeDrivers.Count; i++) hash.Add(constraint.VolumeDrivers[i]);
            hash.Add(constraint.VolumeDrivers.Count);
            for (var i = 0; i < constraint.PlacementTags.Count; i++) hash.Add(constraint.PlacementTags[i]);
            return hash.ToHashCode();
        }

        private static bool SameItems(IReadOnlyList<string> x, IReadOnlyList<string> y)
        {
            if (x.Count != y.Count) return false;
            for (var i = 0; i < x.Count; i++)
                if (x[i] != y[i])
                    return false;
            return true;
        }
    }
}

using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// Table of the constraint sets in use, each held once, at most <paramref name="limit"/> of them. When it is full, the least recently used
/// half is evicted at once, so that the cost per set stays small in a flood of one-off sets.
/// </summary>
internal sealed class ConstraintTable(int limit)
{
    private readonly Dictionary<PlacementConstraint, CompiledConstraints> _sets = new(ConstraintContent.Comparer);
    private long _uses;

    public int Count => _sets.Count;

    public CompiledConstraints Intern(PlacementConstraint constraint)
    {
        if (!_sets.TryGetValue(constraint, out var set))
            set = Add(constraint);
        MarkUsed(set);
        return set;
    }

    /// <summary>Records the use of a set that this table holds.</summary>
    public void MarkUsed(CompiledConstraints set) => set.LastUsed = ++_uses;

    private CompiledConstraints Add(PlacementConstraint constraint)
    {
        if (_sets.Count >= limit)
            EvictHalf();
        // A copy: the caller may reuse its lists, and the table's keys must not change.
        var kept = new PlacementConstraint(constraint.RootFs, [.. constraint.VolumeDrivers], [.. constraint.PlacementTags])
        {
            Privileges = [.. constraint.Privileges],
        };
        var set = new CompiledConstraints(kept) { Owner = this };
        _sets.Add(kept, set);
        return set;
    }

    private void EvictHalf()
    {
        var byUse = _sets.Values.ToArray();
        Array.Sort(byUse, static (a, b) => a.LastUsed.CompareTo(b.LastUsed));
        foreach (var set in byUse.AsSpan(0, byUse.Length / 2))
        {
            _sets.Remove(set.Constraint);
            set.Owner = null;
            set.Eligible.Clear();
        }
    }

    /// <summary>Equality by content and order, because the error text shows the order of tags.</summary>
    private sealed class ConstraintContent : IEqualityComparer<PlacementConstraint>
    {
        public static ConstraintContent Comparer { get; } = new();

        public bool Equals(PlacementConstraint? x, PlacementConstraint? y)
        {
            if (ReferenceEquals(x, y))
                return true;
            return x is not null
                && y is not null
                && x.RootFs == y.RootFs
                && SameItems(x.VolumeDrivers, y.VolumeDrivers)
                && SameItems(x.PlacementTags, y.PlacementTags)
                && SameItems(x.Privileges, y.Privileges);
        }

        public int GetHashCode(PlacementConstraint constraint)
        {
            var hash = new HashCode();
            hash.Add(constraint.RootFs);
            for (var i = 0; i < constraint.VolumeDrivers.Count; i++)
                hash.Add(constraint.VolumeDrivers[i]);
            hash.Add(constraint.VolumeDrivers.Count);
            for (var i = 0; i < constraint.PlacementTags.Count; i++)
                hash.Add(constraint.PlacementTags[i]);
            hash.Add(constraint.PlacementTags.Count);
            for (var i = 0; i < constraint.Privileges.Count; i++)
                hash.Add(constraint.Privileges[i]);
            return hash.ToHashCode();
        }

        private static bool SameItems(IReadOnlyList<string> x, IReadOnlyList<string> y)
        {
            if (x.Count != y.Count)
                return false;
            for (var i = 0; i < x.Count; i++)
                if (x[i] != y[i])
                    return false;
            return true;
        }
    }
}

using System.Collections.Immutable;

namespace Scheduler.Bbs.State;

/// <summary>The actual LRPs of one process, sorted by index, then presence. A change costs O(log n) in the number of rows.</summary>
internal sealed class ProcessRows
{
    public static readonly ProcessRows None = new(ImmutableSortedDictionary<long, ActualLRP>.Empty, 0);

    private readonly ImmutableSortedDictionary<long, ActualLRP> _rows;

    private ProcessRows(ImmutableSortedDictionary<long, ActualLRP> rows, int crashed) => (_rows, Crashed) = (rows, crashed);

    public int Count => _rows.Count;

    /// <summary>Number of ORDINARY rows that are CRASHED.</summary>
    public int Crashed { get; }

    /// <summary>All rows in ascending order.</summary>
    public IEnumerable<ActualLRP> All => _rows.Values;

    public static ProcessRows From(IReadOnlyList<ActualLRP> rows) =>
        new(
            ImmutableSortedDictionary.CreateRange(rows.Select(row => KeyValuePair.Create(KeyOf(row.Index(), row.PresenceKind()), row))),
            rows.Count(row => CountsAsCrashed(row))
        );

    public ActualLRP? Find(int index, LrpPresence presence) => _rows.GetValueOrDefault(KeyOf(index, presence));

    public ProcessRows With(ActualLRP row)
    {
        var key = KeyOf(row.Index(), row.PresenceKind());
        return new ProcessRows(_rows.SetItem(key, row), Crashed - CrashedAt(key) + (CountsAsCrashed(row) ? 1 : 0));
    }

    public ProcessRows Without(int index, LrpPresence presence)
    {
        var key = KeyOf(index, presence);
        return new ProcessRows(_rows.Remove(key), Crashed - CrashedAt(key));
    }

    private int CrashedAt(long key) => _rows.TryGetValue(key, out var row) && CountsAsCrashed(row) ? 1 : 0;

    private static bool CountsAsCrashed(ActualLRP row) => row.IsOrdinary() && row.State == ActualLrpStateNames.Crashed;

    // The two low bits hold the presence, so the rows of one index are adjacent.
    private static long KeyOf(int index, LrpPresence presence) => ((long)index << 2) | (uint)presence;
}

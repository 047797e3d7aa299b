namespace Scheduler.Auctioneer.Auction;

/// <summary>
/// The usable cells of one zone, kind and proxy memory: all pass or fail constraints together, and an ask takes the
/// same memory on each. Ordered by totals first, so that bounds are tight where sizes differ, then by fleet order.
/// </summary>
internal sealed class CandidateGroup(int zone, CellKind kind, int proxyMemoryMb, AuctionRules rules)
{
    private readonly CandidateTree _lrps = new(forTasks: false, rules);
    private CandidateTree? _tasks;
    private int[] _cells = new int[4];
    private bool _tasksStale;
    private bool _stale;

    public int Zone { get; } = zone;
    public CellKind Kind { get; } = kind;
    public int ProxyMemoryMb { get; } = proxyMemoryMb;
    public int Count { get; private set; }

    /// <summary>The members, in the group's order once a tree was asked for.</summary>
    public ReadOnlySpan<int> Cells => _cells.AsSpan(0, Count);

    public void Add(int cell, ref CellRow row)
    {
        if (Count == _cells.Length) Array.Resize(ref _cells, Count * 2);
        row.Leaf = Count;
        _cells[Count++] = cell;
        Restructure();
    }

    public void Remove(CellRow[] rows, int cell)
    {
        var leaf = rows[cell].Leaf;
        var last = _cells[--Count];
        _cells[leaf] = last;
        rows[last].Leaf = leaf;
        Restructure();
    }

    /// <summary>Notes that a member's numbers have changed.</summary>
    public void Note(int leaf)
    {
        if (_stale) return;
        _lrps.Note(leaf);
        if (!_tasksStale) _tasks?.Note(leaf);
    }

    /// <summary>The tournament for this kind of work, up to date.</summary>
    public CandidateTree Tree(CellRow[] rows, bool forTasks)
    {
        if (_stale) Rebuild(rows);
        if (!forTasks)
        {
            _lrps.Refresh(rows, Cells);
            return _lrps;
        }

        if (_tasks is null || _tasksStale)
        {
            _tasks ??= new CandidateTree(forTasks: true, rules);
            _tasks.Rebuild(rows, Cells);
            _tasksStale = false;
        }

        _tasks.Refresh(rows, Cells);
        return _tasks;
    }

    private void Restructure() => _stale = _tasksStale = true;

    private void Rebuild(CellRow[] rows)
    {
        Array.Sort(_cells, 0, Count, new ByTotalsThenOrder(rows));
        for (var i = 0; i < Count; i++) rows[_cells[i]].Leaf = i;
        _lrps.Rebuild(rows, Cells);
        _stale = false;
    }

    private sealed class ByTotalsThenOrder(CellRow[] rows) : IComparer<int>
    {
        public int Compare(int x, int y)
        {
            ref readonly var a = ref rows[x];
            ref readonly var b = ref rows[y];
            var byTotals = a.TotalMemoryMb.CompareTo(b.TotalMemoryMb);
            if (byTotals == 0) byTotals = a.TotalDiskMb.CompareTo(b.TotalDiskMb);
            if (byTotals == 0) byTotals = a.TotalContainers.CompareTo(b.TotalContainers);
            return byTotals != 0 ? byTotals : a.Order.CompareTo(b.Order);
        }
    }
}

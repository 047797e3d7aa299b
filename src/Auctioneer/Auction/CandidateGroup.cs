using System.Numerics;

namespace Scheduler.Auctioneer.Auction;

/// <summary>
/// What the cells of a group have in common: constraints pass or fail together, an ask takes the same memory on each,
/// and it adds about the same to each standing.
/// </summary>
internal readonly record struct GroupKey(int Zone, CellKind Kind, int ProxyMemoryMb, int SizeClass)
{
    /// <summary>
    /// Two classes per doubling of each total. The narrower the classes, the fewer cells a search must look at whose
    /// standing is good but whose size makes the ask weigh more; the wider, the fewer groups there are to search.
    /// </summary>
    public static int SizeClassOf(in CellRow row) =>
        (HalfOctave(row.TotalMemoryMb) << 12) | (HalfOctave(row.TotalDiskMb) << 6) | HalfOctave(row.TotalContainers);

    private static int HalfOctave(int total)
    {
        var octave = BitOperations.Log2((uint)total);
        return 2 * octave + (octave > 0 ? (total >> (octave - 1)) & 1 : 0);
    }
}

/// <summary>The usable cells that share a <see cref="GroupKey"/>, ready to be searched for either kind of work.</summary>
internal sealed class CandidateGroup(GroupKey key, AuctionRules rules)
{
    private readonly StandingList _lrps = new(forTasks: false, rules);

    /// <summary>Made when the first task comes: a fleet that runs none does not pay for it.</summary>
    private StandingList? _tasks;

    private AskCost _cost = AskCost.Unknown;
    private int[] _cells = new int[4];

    public GroupKey Key { get; } = key;
    public int Count { get; private set; }

    public ReadOnlySpan<int> Cells => _cells.AsSpan(0, Count);

    public void Add(CellRow[] rows, int cell)
    {
        Refresh(rows);
        if (Count == _cells.Length) Array.Resize(ref _cells, Count * 2);
        rows[cell].Leaf = Count;
        _cells[Count++] = cell;
        _cost.Admit(rows[cell]);
        Join(_lrps, rows, cell);
        if (_tasks is not null) Join(_tasks, rows, cell);
    }

    public void Remove(CellRow[] rows, int cell)
    {
        Refresh(rows);
        _lrps.Remove(rows, cell);
        _tasks?.Remove(rows, cell);
        var leaf = rows[cell].Leaf;
        var last = _cells[--Count];
        _cells[leaf] = last;
        _lrps.MoveLeaf(Count, leaf);
        _tasks?.MoveLeaf(Count, leaf);
        rows[last].Leaf = leaf;
    }

    /// <summary>Notes that a member's numbers have changed.</summary>
    public void Note(int cell, int leaf)
    {
        _lrps.Note(cell, leaf);
        _tasks?.Note(cell, leaf);
    }

    public void Search(CellRow[] rows, ProcessTable processes, int process, in PlacementAsk ask, ref Bid bid)
    {
        var memoryMb = MemoryFor(ask);
        ListFor(ask, rows).Search(rows, processes, process, _cost.Of(memoryMb, ask.DiskMb), memoryMb, ask.DiskMb, ref bid);
    }

    /// <summary>Clears the shortages that not every cell here has.</summary>
    public void Shortage(CellRow[] rows, in PlacementAsk ask, ref bool memory, ref bool disk, ref bool containers) =>
        ListFor(ask, rows).Shortage(rows, MemoryFor(ask), ask.DiskMb, ref memory, ref disk, ref containers);

    /// <summary>What the ask takes on each cell here: an LRP brings its proxy.</summary>
    public long MemoryFor(in PlacementAsk ask) =>
        ask.Kind == WorkKind.Lrp ? (long)ask.MemoryMb + Key.ProxyMemoryMb : ask.MemoryMb;

    private StandingList ListFor(in PlacementAsk ask, CellRow[] rows)
    {
        var list = ask.Kind == WorkKind.Lrp ? _lrps : _tasks ??= NewTaskList(rows);
        list.Refresh(rows);
        return list;
    }

    private StandingList NewTaskList(CellRow[] rows)
    {
        var list = new StandingList(forTasks: true, rules);
        foreach (var cell in Cells) Join(list, rows, cell);
        return list;
    }

    private void Join(StandingList list, CellRow[] rows, int cell)
    {
        list.Reserve(Count);
        list.Add(rows, cell);
    }

    private void Refresh(CellRow[] rows)
    {
        _lrps.Refresh(rows);
        _tasks?.Refresh(rows);
    }
}

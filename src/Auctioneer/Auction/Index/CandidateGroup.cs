using System.Numerics;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// What the cells of a group share: constraints pass or fail together, an ask takes the same memory on each, and it adds about the same to
/// each standing.
/// </summary>
internal readonly record struct GroupKey(int Zone, CellKind Kind, int ProxyMemoryMb, int SizeClass)
{
    /// <summary>
    /// Two classes per doubling of each total. Narrower classes mean that a search looks at fewer cells whose standing is good but whose
    /// size makes the ask weigh more; wider classes mean fewer groups to search.
    /// </summary>
    public static int SizeClassOf(in CellRow row) =>
        (HalfOctave(row.TotalMemoryMb) << 12) | (HalfOctave(row.TotalDiskMb) << 6) | HalfOctave(row.TotalContainers);

    private static int HalfOctave(int total)
    {
        var octave = BitOperations.Log2((uint)total);
        return 2 * octave + (octave > 0 ? (total >> (octave - 1)) & 1 : 0);
    }
}

/// <summary>The usable cells that share a <see cref="GroupKey"/>, indexed for both kinds of work.</summary>
internal sealed class CandidateGroup(GroupKey key, AuctionRules rules)
{
    private readonly ScoreIndex _lrps = new(forTasks: false, rules);

    /// <summary>Created with the first task, so that a fleet without tasks does not pay for it.</summary>
    private ScoreIndex? _tasks;

    /// <summary>Groups smaller than this try every cell, which is cheap enough.</summary>
    private const int SmallGroup = 2 * LocalityFloor.MaxLaggards;

    /// <summary>Few processes have that many instances. Beyond this limit, all floors are dropped and learned again.</summary>
    private const int MaxFloors = 1024;

    private readonly Dictionary<int, LocalityFloor> _floors = [];
    private AskCost _cost = AskCost.Unknown;
    private int[] _cells = new int[4];

    public GroupKey Key { get; } = key;
    public int Count { get; private set; }

    public ReadOnlySpan<int> Cells => _cells.AsSpan(0, Count);

    public void Add(CellRow[] rows, int cell)
    {
        Refresh(rows);
        _floors.Clear();
        if (Count == _cells.Length)
            Array.Resize(ref _cells, Count * 2);
        rows[cell].Leaf = Count;
        _cells[Count++] = cell;
        _cost.Admit(rows[cell]);
        Join(_lrps, rows, cell);
        if (_tasks is not null)
            Join(_tasks, rows, cell);
    }

    public void Remove(CellRow[] rows, int cell)
    {
        Refresh(rows);
        _floors.Clear();
        _lrps.Remove(rows, cell);
        _tasks?.Remove(rows, cell);
        var leaf = rows[cell].Leaf;
        var last = _cells[--Count];
        _cells[leaf] = last;
        _lrps.MoveLeaf(Count, leaf);
        _tasks?.MoveLeaf(Count, leaf);
        rows[last].Leaf = leaf;
    }

    /// <summary>Marks a member's numbers as changed.</summary>
    public void Note(int cell, int leaf)
    {
        _lrps.Note(cell, leaf);
        _tasks?.Note(cell, leaf);
    }

    public void Search(CellRow[] rows, ProcessTable processes, int process, in PlacementAsk ask, ref Bid bid)
    {
        var memoryMb = MemoryFor(ask);
        var list = ListFor(ask, rows);
        var cost = _cost.Of(memoryMb, ask.DiskMb);
        if (Count < SmallGroup || process < 0 || processes.CountIn(process, Key.Zone) < Count)
        {
            // Too few instances for every cell to run one.
            list.Search(rows, processes, process, 0, cost, memoryMb, ask.DiskMb, ref bid);
            return;
        }

        var floor = _floors.GetValueOrDefault(process);
        if (floor is not null)
            list.Try(floor.Laggards, rows, processes, process, memoryMb, ask.DiskMb, ref bid);
        var wasted = list.Search(rows, processes, process, floor?.Level ?? 0, cost, memoryMb, ask.DiskMb, ref bid);
        if (wasted == 0)
            return;
        if (floor is null)
            floor = NewFloor(process);
        floor.Owe(wasted, Cells, processes, process);
    }

    /// <summary>A member now runs fewer instances of the process.</summary>
    public void InstancesFell(int process, int cell, int count)
    {
        if (_floors.Count > 0 && _floors.TryGetValue(process, out var floor) && !floor.Fell(cell, count))
            _floors.Remove(process);
    }

    /// <summary>Clears the shortages that some cell of the group does not have.</summary>
    public void Shortage(CellRow[] rows, in PlacementAsk ask, ref bool memory, ref bool disk, ref bool containers) =>
        ListFor(ask, rows).Shortage(rows, MemoryFor(ask), ask.DiskMb, ref memory, ref disk, ref containers);

    /// <summary>Memory that the ask takes on each cell of the group, including the proxy for an LRP.</summary>
    public long MemoryFor(in PlacementAsk ask) => ask.Kind == WorkKind.Lrp ? (long)ask.MemoryMb + Key.ProxyMemoryMb : ask.MemoryMb;

    private LocalityFloor NewFloor(int process)
    {
        if (_floors.Count >= MaxFloors)
            _floors.Clear();
        var floor = new LocalityFloor();
        _floors.Add(process, floor);
        return floor;
    }

    private ScoreIndex ListFor(in PlacementAsk ask, CellRow[] rows)
    {
        var list = ask.Kind == WorkKind.Lrp ? _lrps : _tasks ??= NewTaskList(rows);
        list.Refresh(rows);
        return list;
    }

    private ScoreIndex NewTaskList(CellRow[] rows)
    {
        var list = new ScoreIndex(forTasks: true, rules);
        foreach (var cell in Cells)
            Join(list, rows, cell);
        return list;
    }

    private void Join(ScoreIndex list, CellRow[] rows, int cell)
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

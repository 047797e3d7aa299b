using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>Initial capacities of the tables, so that they need not grow later; a hint, not a limit.</summary>
/// <param name="Cells">Cells in the fleet.</param>
/// <param name="Instances">Instances and tasks, running and in flight.</param>
/// <param name="Processes">Distinct processes.</param>
public readonly record struct AuctionSize(int Cells, int Instances, int Processes);

/// <summary>
/// The live model of the fleet's capacity, and the placement decisions over it. A single owner calls it, from one thread at a time: it has
/// no lock, no clock and no I/O. <see cref="PlainAuction"/> states the same decisions plainly; the README of the parent folder describes
/// the data structures.
/// </summary>
public sealed partial class AuctionEngine
{
    /// <summary>
    /// Distinct constraint sets kept compiled. A compiled set takes some hundred bytes and recompiling one takes a few microseconds, so the
    /// limit only has to keep a flood of one-off sets from growing memory.
    /// </summary>
    public const int MaxConstraintSets = 4096;

    private readonly Dictionary<string, int> _cellSlots;
    private readonly Dictionary<string, int> _zoneIds;
    private readonly List<string> _zoneNames;
    private readonly Dictionary<GroupKey, CandidateGroup> _groups;
    private readonly ConstraintTable _constraints = new(MaxConstraintSets);
    private readonly ProcessTable _processes;
    private readonly ReservationTable _reservations;
    private CellRow[] _rows;
    private CellRecord?[] _records;
    private int _slotsUsed;
    private readonly Stack<int> _freeSlots = new();
    private long _nextOrder;
    private long _groupsVersion;
    private int _usableCells;
    private long _starting;
    private bool _ranksStale;
    private AuctionCounters _counters;

    /// <exception cref="DomainException">The rules are invalid.</exception>
    public AuctionEngine(AuctionRules rules, AuctionSize size = default)
    {
        if (rules.Validate() is { } error)
            throw error.ToException();
        Rules = rules;
        var cells = Math.Max(size.Cells, 16);
        _cellSlots = new Dictionary<string, int>(cells, StringComparer.Ordinal);
        _zoneIds = new Dictionary<string, int>(StringComparer.Ordinal);
        _zoneNames = [];
        _groups = [];
        _processes = new ProcessTable(size.Processes, size.Instances);
        _reservations = new ReservationTable(size.Instances);
        _rows = new CellRow[cells];
        _records = new CellRecord?[cells];
    }

    public AuctionRules Rules { get; }

    public AuctionCounters Counters => _counters;

    /// <summary>Known cells, including those that take no work now.</summary>
    public int CellCount => _cellSlots.Count;

    /// <summary>Cells that take work.</summary>
    public int UsableCellCount => _usableCells;

    public int ReservationCount => _reservations.Count;

    /// <summary>Containers starting on usable cells, including reservations.</summary>
    public long StartingContainers => _starting;

    /// <summary>Processes that a cell or a reservation refers to.</summary>
    public int ProcessCount => _processes.Count;

    public int ConstraintSetCount => _constraints.Count;

    /// <summary>The interned constraint set; equal constraints share one.</summary>
    public ConstraintSet Intern(PlacementConstraint constraint) => _constraints.Intern(constraint);

    public PlacementAsk Lrp(string processGuid, int index, int memoryMb, int diskMb, PlacementConstraint constraint) =>
        new(WorkKind.Lrp, processGuid, index, memoryMb, diskMb, Intern(constraint));

    public PlacementAsk OneOffTask(string taskGuid, int memoryMb, int diskMb, PlacementConstraint constraint) =>
        new(WorkKind.OneOffTask, taskGuid, 0, memoryMb, diskMb, Intern(constraint));

    private CompiledConstraints Own(ConstraintSet set)
    {
        var compiled = (CompiledConstraints)set;
        if (!ReferenceEquals(compiled.Owner, _constraints))
            return _constraints.Intern(set.Constraint);
        _constraints.MarkUsed(compiled);
        return compiled;
    }

    private int ZoneId(string zone)
    {
        if (_zoneIds.TryGetValue(zone, out var id))
            return id;
        id = _zoneNames.Count;
        _zoneIds.Add(zone, id);
        _zoneNames.Add(zone);
        return id;
    }
}

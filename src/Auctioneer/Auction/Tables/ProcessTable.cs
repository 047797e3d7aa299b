using System.Runtime.CompilerServices;

namespace Scheduler.Auctioneer.Auction.Tables;

/// <summary>
/// Interned process guids, and the number of instances of each per cell and per zone. A row lives as long as a cell's report or a
/// reservation refers to it; then its number is reused.
/// </summary>
internal sealed class ProcessTable
{
    private readonly ProcessIndex _index;
    private readonly CellCounts _counts;
    private ProcessRow[] _rows;

    /// <summary>Counts of the zones that do not fit in the row, <see cref="_extraZones"/> for each process.</summary>
    private int[] _extraCounts = [];
    private int _extraZones;
    private int _rowsUsed;
    private int _firstFree = -1;

    public ProcessTable(int processes, int instances)
    {
        _index = new ProcessIndex(processes);
        _rows = new ProcessRow[Math.Max(processes, 16)];
        // Already zero, but not yet in memory: without this, the first decisions would wait for page faults.
        _rows.AsSpan().Clear();
        _counts = new CellCounts(instances);
    }

    private ProcessTable(ProcessTable other)
    {
        _index = other._index.Clone();
        _rows = (ProcessRow[])other._rows.Clone();
        _extraCounts = (int[])other._extraCounts.Clone();
        _extraZones = other._extraZones;
        _rowsUsed = other._rowsUsed;
        _firstFree = other._firstFree;
        _counts = other._counts.Clone();
        Count = other.Count;
    }

    public int Count { get; private set; }

    public ProcessTable Clone() => new(this);

    /// <summary>The process's number, or −1 if nothing refers to it.</summary>
    public int Find(string guid) => Find(guid, string.GetHashCode(guid));

    /// <param name="hash">The guid's <see cref="string.GetHashCode()"/>, for callers that look it up often.</param>
    public int Find(string guid, int hash)
    {
        var position = _index.First(hash);
        while (_index.Next(hash, ref position) is var id and >= 0)
            if (ReferenceEquals(_rows[id].Guid, guid) || _rows[id].Guid == guid)
                return id;
        return -1;
    }

    /// <summary>The process's number; adds a reference.</summary>
    public int Acquire(string guid)
    {
        var hash = string.GetHashCode(guid);
        var id = Find(guid, hash);
        if (id < 0)
            id = Create(guid, hash);
        _rows[id].References++;
        return id;
    }

    /// <summary>Adds a reference to a process whose number is known.</summary>
    public void AddReference(int id) => _rows[id].References++;

    /// <summary>Releases a reference.</summary>
    public void Release(int id)
    {
        ref var row = ref _rows[id];
        if (--row.References > 0)
            return;
        _index.Remove(row.Hash, id);
        _counts.Free(ref row.Cells);
        row.Guid = null!;
        row.NextFree = _firstFree;
        _firstFree = id;
        Count--;
    }

    public string GuidOf(int id) => _rows[id].Guid;

    /// <summary>Instances on the cell; 0 for process −1.</summary>
    public int CountOn(int id, int cell) => id < 0 ? 0 : _counts.Get(_rows[id].Cells, cell);

    /// <summary>Instances in the zone; 0 for process −1.</summary>
    public int CountIn(int id, int zone)
    {
        if (id < 0)
            return 0;
        if (zone < ZoneCounts.Length)
            return _rows[id].Zones[zone];
        return zone - ZoneCounts.Length < _extraZones ? _extraCounts[id * _extraZones + zone - ZoneCounts.Length] : 0;
    }

    /// <summary>Changes the number of the process's instances on the cell.</summary>
    public void Add(int id, int cell, int zone, int delta)
    {
        ref var row = ref _rows[id];
        if (zone < ZoneCounts.Length)
            row.Zones[zone] += delta;
        else
            ExtraCount(id, zone - ZoneCounts.Length) += delta;
        _counts.Add(ref row.Cells, cell, delta);
    }

    private int Create(string guid, int hash)
    {
        int id;
        if (_firstFree >= 0)
        {
            id = _firstFree;
            _firstFree = _rows[id].NextFree;
        }
        else
        {
            if (_rowsUsed == _rows.Length)
                GrowRows();
            id = _rowsUsed++;
        }

        _rows[id] = new ProcessRow { Guid = guid, Hash = hash };
        if (_extraZones > 0)
            _extraCounts.AsSpan(id * _extraZones, _extraZones).Clear();
        _index.Add(hash, id);
        Count++;
        return id;
    }

    private void GrowRows()
    {
        Array.Resize(ref _rows, _rows.Length * 2);
        Array.Resize(ref _extraCounts, _rows.Length * _extraZones);
    }

    private ref int ExtraCount(int id, int zone)
    {
        if (zone >= _extraZones)
        {
            var zones = Math.Max(zone + 1, _extraZones * 2);
            var wider = new int[_rows.Length * zones];
            for (var i = 0; i < _rowsUsed; i++)
                Array.Copy(_extraCounts, i * _extraZones, wider, i * zones, _extraZones);
            (_extraCounts, _extraZones) = (wider, zones);
        }

        return ref _extraCounts[id * _extraZones + zone];
    }

    /// <summary>All that a decision reads of a process besides its cells: one cache line.</summary>
    private struct ProcessRow
    {
        public string Guid;
        public int Hash;
        public CountBlock Cells;
        public int References;
        public int NextFree;
        public ZoneCounts Zones;
    }

    /// <summary>The fleet's first zones, which are nearly always all of them.</summary>
    [InlineArray(Length)]
    private struct ZoneCounts
    {
        public const int Length = 8;

        private int _first;
    }
}

namespace Scheduler.Auctioneer.Auction;

/// <summary>
/// Interned process guids, and how many instances of each are on which cell and in which zone. A row lives as long as
/// somebody refers to it (a cell's report or a reservation), then its number is used again.
/// </summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<string, int> _ids;
    private readonly CellCounts _counts;
    private ProcessRow[] _rows;
    private int[] _zoneCounts;
    private int _zoneStride = 4;
    private int _rowsUsed;
    private int _firstFree = -1;

    public ProcessTable(int processes, int instances)
    {
        processes = Math.Max(processes, 16);
        _ids = new Dictionary<string, int>(processes, StringComparer.Ordinal);
        _rows = new ProcessRow[processes];
        _zoneCounts = new int[processes * _zoneStride];
        _counts = new CellCounts(instances);
    }

    private ProcessTable(ProcessTable other)
    {
        _ids = new Dictionary<string, int>(other._ids, StringComparer.Ordinal);
        _rows = (ProcessRow[])other._rows.Clone();
        _zoneCounts = (int[])other._zoneCounts.Clone();
        _zoneStride = other._zoneStride;
        _rowsUsed = other._rowsUsed;
        _firstFree = other._firstFree;
        _counts = other._counts.Clone();
    }

    public int Count => _ids.Count;

    public ProcessTable Clone() => new(this);

    /// <summary>The process's number, or −1 when nobody refers to it.</summary>
    public int Find(string guid) => _ids.TryGetValue(guid, out var id) ? id : -1;

    /// <summary>The process's number, with one reference more.</summary>
    public int Acquire(string guid)
    {
        if (!_ids.TryGetValue(guid, out var id)) id = Create(guid);
        _rows[id].References++;
        return id;
    }

    /// <summary>One reference more to a process whose number is known.</summary>
    public void AddReference(int id) => _rows[id].References++;

    /// <summary>Gives one reference back.</summary>
    public void Release(int id)
    {
        ref var row = ref _rows[id];
        if (--row.References > 0) return;
        _ids.Remove(row.Guid);
        _counts.Free(ref row.Cells);
        row.Guid = null!;
        row.NextFree = _firstFree;
        _firstFree = id;
    }

    public string GuidOf(int id) => _rows[id].Guid;

    /// <summary>Instances on the cell; 0 for process −1.</summary>
    public int CountOn(int id, int cell) => id < 0 ? 0 : _counts.Get(_rows[id].Cells, cell);

    /// <summary>Instances in the zone; 0 for process −1.</summary>
    public int CountIn(int id, int zone) => id < 0 || zone >= _zoneStride ? 0 : _zoneCounts[id * _zoneStride + zone];

    public void Add(int id, int cell, int zone, int delta)
    {
        if (zone >= _zoneStride) WidenZones(zone + 1);
        _zoneCounts[id * _zoneStride + zone] += delta;
        _counts.Add(ref _rows[id].Cells, cell, delta);
    }

    private int Create(string guid)
    {
        int id;
        if (_firstFree >= 0)
        {
            id = _firstFree;
            _firstFree = _rows[id].NextFree;
        }
        else
        {
            if (_rowsUsed == _rows.Length) GrowRows();
            id = _rowsUsed++;
        }

        _rows[id] = new ProcessRow { Guid = guid };
        _zoneCounts.AsSpan(id * _zoneStride, _zoneStride).Clear();
        _ids.Add(guid, id);
        return id;
    }

    private void GrowRows()
    {
        Array.Resize(ref _rows, _rows.Length * 2);
        Array.Resize(ref _zoneCounts, _rows.Length * _zoneStride);
    }

    private void WidenZones(int zones)
    {
        var stride = Math.Max(zones, _zoneStride * 2);
        var wider = new int[_rows.Length * stride];
        for (var i = 0; i < _rowsUsed; i++)
            Array.Copy(_zoneCounts, i * _zoneStride, wider, i * stride, _zoneStride);
        _zoneCounts = wider;
        _zoneStride = stride;
    }

    private struct ProcessRow
    {
        public string Guid;
        public CountBlock Cells;
        public int References;
        public int NextFree;
    }
}

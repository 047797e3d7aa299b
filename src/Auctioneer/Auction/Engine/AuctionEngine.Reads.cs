using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>A cell as the auction sees it: its last report minus the reservations on it.</summary>
/// <param name="Available">May be below 0 while a report already includes work whose confirmation has not arrived yet.</param>
public readonly record struct CellView(
    CellId Cell,
    string Zone,
    Resources Total,
    Resources Available,
    int StartingContainerCount,
    int Tasks,
    int Reservations,
    int Rank,
    bool Usable
);

public sealed partial class AuctionEngine
{
    /// <summary>The cell's current numbers, or null if it is unknown.</summary>
    public CellView? Cell(CellId cell) => _cellSlots.TryGetValue(cell.Value ?? "", out var slot) ? View(slot) : null;

    /// <summary>Every known cell in fleet order.</summary>
    public IReadOnlyList<CellView> Cells()
    {
        var slots = new List<int>(_cellSlots.Values);
        slots.Sort((a, b) => _rows[a].Order.CompareTo(_rows[b].Order));
        return slots.ConvertAll(View);
    }

    /// <summary>Instances of the process on the cell, including reservations; 0 if the cell takes no work.</summary>
    public int InstancesOn(CellId cell, string processGuid) =>
        _cellSlots.TryGetValue(cell.Value ?? "", out var slot) ? _processes.CountOn(_processes.Find(processGuid), slot) : 0;

    /// <summary>Instances of the process on the zone's usable cells, including reservations.</summary>
    public int InstancesIn(string zone, string processGuid) =>
        _zoneIds.TryGetValue(zone, out var id) ? _processes.CountIn(_processes.Find(processGuid), id) : 0;

    /// <summary>Reserves on a given cell without checking that it is the best; replays use this to follow their recording.</summary>
    /// <returns>None if the cell is unknown, takes no work or has no room.</returns>
    public ReservationId ReserveOn(CellId cell, in PlacementAsk ask) =>
        TryScore(cell, ask, out _) ? Reserve(_cellSlots[cell.Value], ask, -1) : default;

    /// <summary>The ask's score on this cell; false if it cannot go there.</summary>
    public bool TryScore(CellId cell, in PlacementAsk ask, out double score)
    {
        score = double.NaN;
        if (!_cellSlots.TryGetValue(cell.Value ?? "", out var slot) || _records[slot]!.Group is not { } group)
            return false;
        if (_ranksStale)
            RefreshRanks();
        ref readonly var row = ref _rows[slot];
        var memoryMb = group.MemoryFor(ask);
        if (row.FreeMemoryMb < memoryMb || row.FreeDiskMb < ask.DiskMb || row.FreeContainers < 1)
            return false;
        if (ConstraintMatch.Test(group.Key.Kind, Own(ask.Constraints)) != ConstraintStage.Passed)
            return false;
        score =
            ask.Kind == WorkKind.Lrp
                ? CellScore.ForLrp(row, memoryMb, ask.DiskMb, _processes.CountOn(_processes.Find(ask.Guid), slot), Rules)
                : CellScore.ForTask(row, memoryMb, ask.DiskMb, Rules);
        return true;
    }

    /// <summary>
    /// Every cell that could take the ask with the winning score, in fleet order; the first is the winner. Empty if no cell can take it.
    /// Looks at every cell.
    /// </summary>
    public IReadOnlyList<CellId> BestCells(in PlacementAsk ask)
    {
        var winner = Decide(ask);
        if (!winner.Placed)
            return [];
        var fewest = InstancesIn(_records[_cellSlots[winner.Cell.Value]]!.Report.Zone, ask.Guid);
        var ties = new List<CellId>();
        foreach (var cell in Cells())
            if (
                (ask.Kind == WorkKind.OneOffTask || InstancesIn(cell.Zone, ask.Guid) == fewest)
                && TryScore(cell.Cell, ask, out var score)
                && score == winner.Score
            )
                ties.Add(cell.Cell);
        return ties;
    }

    /// <summary>The slots of all known cells, for operations that look at every cell.</summary>
    internal List<int> KnownSlots()
    {
        var slots = new List<int>(_cellSlots.Count);
        for (var slot = 0; slot < _slotsUsed; slot++)
            if (_records[slot] is not null)
                slots.Add(slot);
        return slots;
    }

    internal CellRecord RecordOf(int slot) => _records[slot]!;

    internal ref readonly CellRow RowOf(int slot) => ref _rows[slot];

    private CellView View(int slot)
    {
        if (_ranksStale)
            RefreshRanks();
        ref readonly var row = ref _rows[slot];
        var record = _records[slot]!;
        var reservations = 0;
        for (var next = row.FirstReservation; next >= 0; next = _reservations[next].Next)
            reservations++;
        return new CellView(
            record.Id,
            record.Report.Zone,
            new Resources(row.TotalMemoryMb, row.TotalDiskMb, row.TotalContainers),
            new Resources(row.FreeMemoryMb, row.FreeDiskMb, row.FreeContainers),
            row.Starting,
            row.Tasks,
            reservations,
            row.Rank,
            record.Usable
        );
    }
}

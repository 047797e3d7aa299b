using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

/// <summary>A cell as the auction sees it: its last report less what is reserved on it.</summary>
/// <param name="Available">May be below 0 for the moment in which a report already holds work whose confirmation is still on its way.</param>
public readonly record struct CellView(
    CellId Cell, string Zone, Resources Total, Resources Available, int StartingContainerCount, int Tasks, int Reservations, int Rank, bool Usable);

public sealed partial class AuctionEngine
{
    /// <summary>The cell's present numbers, or null when it is not known.</summary>
    public CellView? Cell(CellId cell) => _cellSlots.TryGetValue(cell.Value ?? "", out var slot) ? View(slot) : null;

    /// <summary>Every known cell in the fleet's order.</summary>
    public IReadOnlyList<CellView> Cells()
    {
        var slots = new List<int>(_cellSlots.Values);
        slots.Sort((a, b) => _rows[a].Order.CompareTo(_rows[b].Order));
        return slots.ConvertAll(View);
    }

    /// <summary>Instances of the process on the cell, reservations included; 0 when the cell takes no work.</summary>
    public int InstancesOn(CellId cell, string processGuid) =>
        _cellSlots.TryGetValue(cell.Value ?? "", out var slot) ? _processes.CountOn(_processes.Find(processGuid), slot) : 0;

    /// <summary>Instances of the process in the usable part of the zone, reservations included.</summary>
    public int InstancesIn(string zone, string processGuid) =>
        _zoneIds.TryGetValue(zone, out var id) ? _processes.CountIn(_processes.Find(processGuid), id) : 0;

    /// <summary>Reserves a given cell without asking which is best: what a replay does to follow its recording.</summary>
    /// <returns>None when the cell is not known, takes no work or has no room.</returns>
    public ReservationId ReserveOn(CellId cell, in PlacementAsk ask) =>
        TryScore(cell, ask, out _) ? Reserve(_cellSlots[cell.Value], ask, -1) : default;

    /// <summary>The score that the ask would get on this cell; false when it cannot go there.</summary>
    public bool TryScore(CellId cell, in PlacementAsk ask, out double score)
    {
        score = double.NaN;
        if (!_cellSlots.TryGetValue(cell.Value ?? "", out var slot) || _records[slot]!.Group is not { } group) return false;
        if (_ranksStale) RefreshRanks();
        ref readonly var row = ref _rows[slot];
        var memoryMb = group.MemoryFor(ask);
        if (row.FreeMemoryMb < memoryMb || row.FreeDiskMb < ask.DiskMb || row.FreeContainers < 1) return false;
        if (ConstraintMatch.Test(group.Key.Kind, Own(ask.Constraints)) != ConstraintStage.Passed) return false;
        score = ask.Kind == WorkKind.Lrp
            ? CellScore.ForLrp(row, memoryMb, ask.DiskMb, _processes.CountOn(_processes.Find(ask.Guid), slot), Rules)
            : CellScore.ForTask(row, memoryMb, ask.DiskMb, Rules);
        return true;
    }

    /// <summary>
    /// Every cell that the ask could go to with the winner's score, in the fleet's order; the first is the winner. Empty
    /// when none can take it. Looks at every cell.
    /// </summary>
    public IReadOnlyList<CellId> BestCells(in PlacementAsk ask)
    {
        var winner = Decide(ask);
        if (!winner.Placed) return [];
        var fewest = InstancesIn(_records[_cellSlots[winner.Cell.Value]]!.Report.Zone, ask.Guid);
        var ties = new List<CellId>();
        foreach (var cell in Cells())
            if ((ask.Kind == WorkKind.OneOffTask || InstancesIn(cell.Zone, ask.Guid) == fewest)
                && TryScore(cell.Cell, ask, out var score) && score == winner.Score)
                ties.Add(cell.Cell);
        return ties;
    }

    /// <summary>The slots of all known cells, for those who look at every cell.</summary>
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
        if (_ranksStale) RefreshRanks();
        ref readonly var row = ref _rows[slot];
        var record = _records[slot]!;
        var reservations = 0;
        for (var next = row.FirstReservation; next >= 0; next = _reservations[next].Next) reservations++;
        return new CellView(
            record.Id, record.Report.Zone,
            new Resources(row.TotalMemoryMb, row.TotalDiskMb, row.TotalContainers),
            new Resources(row.FreeMemoryMb, row.FreeDiskMb, row.FreeContainers),
            row.Starting, row.Tasks, reservations, row.Rank, record.Usable);
    }
}

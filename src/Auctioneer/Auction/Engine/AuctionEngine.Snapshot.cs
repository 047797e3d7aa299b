using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>
    /// Every cell's last report with its changes applied, in fleet order. Together with <see cref="Held"/> this is the engine's whole
    /// state: a new engine that applies them in this order makes the same decisions.
    /// </summary>
    public IReadOnlyList<CellReport> Reports()
    {
        var reports = new List<CellReport>(_cellSlots.Count);
        foreach (var cell in Cells())
            reports.Add(LastOf(_records[_cellSlots[cell.Cell.Value]]!));
        return reports;
    }

    /// <summary>A cell's last report with its changes applied; null if the cell is unknown.</summary>
    public CellReport? LastReport(CellId cell) => _cellSlots.TryGetValue(cell.Value ?? "", out var slot) ? LastOf(_records[slot]!) : null;

    /// <summary>Every outstanding reservation.</summary>
    public IReadOnlyList<HeldReservation> Held()
    {
        var all = new List<HeldReservation>(_reservations.Count);
        foreach (var slot in _cellSlots.Values)
            for (var next = _rows[slot].FirstReservation; next >= 0; next = _reservations[next].Next)
            {
                ref readonly var row = ref _reservations[next];
                all.Add(
                    new HeldReservation(
                        _reservations.IdOf(next),
                        _records[slot]!.Id,
                        row.Process < 0 ? null : _processes.GuidOf(row.Process),
                        row.MemoryMb,
                        row.DiskMb,
                        row.Confirmed,
                        row.Incarnation,
                        row.Revision
                    )
                );
            }

        return all;
    }

    /// <summary>Restores a reservation from a snapshot under a new identifier.</summary>
    /// <exception cref="DomainException">Its cell is unknown.</exception>
    public ReservationId Restore(HeldReservation held)
    {
        if (!_cellSlots.TryGetValue(held.Cell.Value ?? "", out var cell))
            throw DomainError.NotFound($"cell {held.Cell}").ToException();
        var process = held.ProcessGuid is null ? -1 : _processes.Acquire(held.ProcessGuid);
        var slot = _reservations.Add(ref _rows[cell], cell, process, held.MemoryMb, held.DiskMb);
        ref var row = ref _reservations[slot];
        (row.Confirmed, row.Incarnation, row.Revision) = (held.Confirmed, held.Incarnation, held.Revision);
        Take(ref _rows[cell], row, 1);
        if (_records[cell]!.Group is not { } group)
            return _reservations.IdOf(slot);
        if (process >= 0)
            _processes.Add(process, cell, _rows[cell].Zone, 1);
        _starting++;
        group.Note(cell, _rows[cell].Leaf);
        return _reservations.IdOf(slot);
    }

    private CellReport LastOf(CellRecord record) =>
        record.Report with
        {
            Incarnation = record.Incarnation,
            Revision = record.Revision,
            Available = record.Available,
            StartingContainerCount = record.Starting,
            Tasks = record.Tasks,
            Evacuating = record.Evacuating,
            Healthy = record.Healthy,
            Processes = [.. record.Reported.Select(process => new ProcessCount(_processes.GuidOf(process.Key), process.Value))],
        };
}

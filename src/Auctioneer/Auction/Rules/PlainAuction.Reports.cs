using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>
/// What the auction knows of the cells: each cell's last report, less what was promised and is not in it yet. So all work
/// is counted at least once at every moment, and room is never promised twice.
/// </summary>
internal sealed partial class PlainAuction
{
    /// <summary>A full report replaces the one before, unless it is older. It must break no rule of a report.</summary>
    public ErrorKind? Apply(CellReport report)
    {
        if (Find(report.Cell) is not { } cell)
        {
            Cells.Add(new PlainCell(report));
            return null;
        }

        if (cell.IsNewerThan(report.Incarnation, report.Revision)) return ErrorKind.StaleVersion;
        cell.Report = report;
        cell.Processes.Clear();
        foreach (var process in report.Processes) cell.Processes.Add(process.ProcessGuid, process.Count);
        cell.Reservations.RemoveAll(cell.Includes);
        return null;
    }

    /// <summary>A change must build on the last report; after a gap only a full report helps.</summary>
    public ErrorKind? Apply(CellChange change)
    {
        if (Find(change.Cell) is not { } cell) return ErrorKind.ResourceNotFound;
        if (cell.IsNewerThan(change.Incarnation, change.Revision)) return ErrorKind.StaleVersion;
        if (change.Incarnation != cell.Report.Incarnation || change.PreviousRevision != cell.Report.Revision) return ErrorKind.RevisionGone;
        cell.Report = cell.Report with
        {
            Revision = change.Revision,
            Available = change.Available,
            StartingContainerCount = change.StartingContainerCount,
            Tasks = change.Tasks,
            Evacuating = change.Evacuating,
            Healthy = change.Healthy,
        };
        foreach (var process in change.Processes)
        {
            cell.Processes.Remove(process.ProcessGuid);
            if (process.Count > 0) cell.Processes.Add(process.ProcessGuid, process.Count);
        }

        cell.Reservations.RemoveAll(cell.Includes);
        return null;
    }

    /// <summary>A cell that is gone takes its reservations with it.</summary>
    public bool Remove(CellId id) => Cells.RemoveAll(cell => cell.Report.Cell == id) > 0;

    /// <summary>The cell accepted the work: the promise holds until a report includes the work, which may have come before the answer.</summary>
    public SettleOutcome Confirm(PlainReservation held, long incarnation, long revision)
    {
        var cell = Cells.Find(cell => cell.Reservations.Contains(held));
        if (cell is null || held.Confirmed) return SettleOutcome.Unknown;
        (held.Confirmed, held.Incarnation, held.Revision) = (true, incarnation, revision);
        cell.Reservations.RemoveAll(cell.Includes);
        return SettleOutcome.Settled;
    }

    /// <summary>The cell refused, or nobody answered in time. What was confirmed is the cell's: only its reports can take it back.</summary>
    public SettleOutcome Release(PlainReservation held) =>
        !held.Confirmed && Cells.Any(cell => cell.Reservations.Remove(held)) ? SettleOutcome.Settled : SettleOutcome.Unknown;

    private PlainCell? Find(CellId id) => Cells.Find(cell => cell.Report.Cell == id);
}

using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Rules;

/// <summary>
/// The auction's model of the cells: each cell's last report, minus the reservations that it does not include yet. All work is thus counted
/// at least once at every moment, and resources are never promised twice.
/// </summary>
internal sealed partial class PlainAuction
{
    /// <summary>A full report replaces the previous one unless it is older. The report must be valid.</summary>
    public ErrorKind? Apply(CellReport report)
    {
        if (Find(report.Cell) is not { } cell)
        {
            Cells.Add(new PlainCell(report));
            return null;
        }

        if (cell.IsNewerThan(report.Incarnation, report.Revision))
            return ErrorKind.StaleVersion;
        cell.Report = report;
        cell.Processes.Clear();
        foreach (var process in report.Processes)
            cell.Processes.Add(process.ProcessGuid, process.Count);
        cell.Reservations.RemoveAll(cell.Includes);
        return null;
    }

    /// <summary>A change must build on the last report; after a gap a full report is needed.</summary>
    public ErrorKind? Apply(CellChange change)
    {
        if (Find(change.Cell) is not { } cell)
            return ErrorKind.ResourceNotFound;
        if (cell.IsNewerThan(change.Incarnation, change.Revision))
            return ErrorKind.StaleVersion;
        if (change.Incarnation != cell.Report.Incarnation || change.PreviousRevision != cell.Report.Revision)
            return ErrorKind.RevisionGone;
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
            if (process.Count > 0)
                cell.Processes.Add(process.ProcessGuid, process.Count);
        }

        cell.Reservations.RemoveAll(cell.Includes);
        return null;
    }

    /// <summary>Removing a cell drops its reservations.</summary>
    public bool Remove(CellId id) => Cells.RemoveAll(cell => cell.Report.Cell == id) > 0;

    /// <summary>
    /// The cell accepted the work. The reservation holds until a report includes the work; that report may have arrived before the answer.
    /// </summary>
    public SettleOutcome Confirm(PlainReservation held, long incarnation, long revision)
    {
        var cell = Cells.Find(cell => cell.Reservations.Contains(held));
        if (cell is null || held.Confirmed)
            return SettleOutcome.Unknown;
        (held.Confirmed, held.Incarnation, held.Revision) = (true, incarnation, revision);
        cell.Reservations.RemoveAll(cell.Includes);
        return SettleOutcome.Settled;
    }

    /// <summary>
    /// The cell refused, or no answer arrived in time. Confirmed work belongs to the cell: only its reports can end that reservation.
    /// </summary>
    public SettleOutcome Release(PlainReservation held) =>
        !held.Confirmed && Cells.Any(cell => cell.Reservations.Remove(held)) ? SettleOutcome.Settled : SettleOutcome.Unknown;

    private PlainCell? Find(CellId id) => Cells.Find(cell => cell.Report.Cell == id);
}

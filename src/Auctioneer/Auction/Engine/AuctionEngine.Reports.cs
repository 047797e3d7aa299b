using System.Runtime.InteropServices;
using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>
    /// Applies a cell's full report, which replaces everything known about it. Reservations that the report already includes (confirmed at
    /// its revision or before, or in an earlier incarnation) are absorbed; the others are still subtracted.
    /// </summary>
    /// <returns>
    /// <summary>
    /// Null if applied. Otherwise nothing changed: <see cref="ErrorKind.InvalidRequest"/> for a broken rule,
    /// <see cref="ErrorKind.StaleVersion"/> for a report older than the last. The same full report may be applied again.
    /// </summary>
    /// </returns>
    public DomainError? Apply(CellReport report)
    {
        if (CellReportValidation.Check(report) is { } invalid)
        {
            _counters.ReportsInvalid++;
            return invalid;
        }

        if (_cellSlots.TryGetValue(report.Cell.Value, out var slot))
        {
            var known = _records[slot]!;
            if (IsOlder(known, report.Incarnation, report.Revision))
                return OutOfOrder(known, report.Incarnation, report.Revision);
        }
        else
        {
            slot = AddCell(report);
        }

        var record = _records[slot]!;
        // A cell that still competes in the same group keeps its place there. As with most reports, only its numbers change.
        var keepsSeat = record.Group is not null && KeepsSeat(record.Report, report);
        if (!keepsSeat)
            Detach(slot, record);
        ReplaceReported(slot, record, report.Processes);
        if (!keepsSeat)
            TakeIdentity(slot, record, report);
        record.Report = report;
        TakeNumbers(
            record,
            report.Incarnation,
            report.Revision,
            report.Available,
            report.StartingContainerCount,
            report.Tasks,
            report.Evacuating,
            report.Healthy
        );
        Absorb(slot, record);
        Recount(slot, record);
        if (!keepsSeat)
            Attach(slot, record);
        _counters.ReportsApplied++;
        return null;
    }

    /// <summary>Applies a cell's changes.</summary>
    /// <returns>
    /// <summary>
    /// As for a full report, plus <see cref="ErrorKind.RevisionGone"/> if the change does not build on the last report applied, and
    /// <see cref="ErrorKind.ResourceNotFound"/> if there is none: request a full report.
    /// </summary>
    /// </returns>
    public DomainError? Apply(CellChange change)
    {
        if (!_cellSlots.TryGetValue(change.Cell.Value ?? "", out var slot))
            return DomainError.NotFound($"cell {change.Cell}");
        var record = _records[slot]!;
        if (IsOlder(record, change.Incarnation, change.Revision))
            return OutOfOrder(record, change.Incarnation, change.Revision);
        if (change.Incarnation != record.Incarnation || change.PreviousRevision != record.Revision)
        {
            _counters.ReportsWithGap++;
            return new DomainError(
                ErrorKind.RevisionGone,
                $"cell {record.Id}: change builds on revision {change.PreviousRevision}, but the last one applied is {record.Revision}; "
                    + "a full report is needed"
            );
        }

        if (CellReportValidation.Check(change, record.Report.Total) is { } invalid)
        {
            _counters.ReportsInvalid++;
            return invalid;
        }

        var staysUsable = record.Usable && change.Healthy && !change.Evacuating;
        if (!staysUsable)
            Detach(slot, record);
        ChangeReported(slot, record, change.Processes);
        TakeNumbers(
            record,
            change.Incarnation,
            change.Revision,
            change.Available,
            change.StartingContainerCount,
            change.Tasks,
            change.Evacuating,
            change.Healthy
        );
        Absorb(slot, record);
        Recount(slot, record);
        if (!staysUsable)
            Attach(slot, record);
        _counters.ReportsApplied++;
        return null;
    }

    /// <summary>Removes a cell.</summary>
    /// <param name="dropped">Receives the cell's reservations, whose work must be auctioned again; may be null.</param>
    /// <returns>False if the cell is unknown.</returns>
    public bool Remove(CellId cell, ICollection<ReservationId>? dropped = null)
    {
        if (!_cellSlots.Remove(cell.Value ?? "", out var slot))
            return false;
        var record = _records[slot]!;
        Detach(slot, record);
        while (_rows[slot].FirstReservation is var reservation and >= 0)
        {
            dropped?.Add(_reservations.IdOf(reservation));
            DropReservation(slot, reservation, null);
        }

        foreach (var process in record.Reported.Keys)
            _processes.Release(process);
        _records[slot] = null;
        _freeSlots.Push(slot);
        return true;
    }

    private static bool KeepsSeat(CellReport before, CellReport now) =>
        now.Healthy
        && !now.Evacuating
        && now.Zone == before.Zone
        && now.Total == before.Total
        && now.ProxyMemoryMb == before.ProxyMemoryMb
        && now.Index == before.Index
        && CellKind.SameConstraints(before, now);

    private static bool IsOlder(CellRecord record, long incarnation, long revision) =>
        incarnation < record.Incarnation || (incarnation == record.Incarnation && revision < record.Revision);

    private DomainError OutOfOrder(CellRecord record, long incarnation, long revision)
    {
        _counters.ReportsOutOfOrder++;
        return new DomainError(
            ErrorKind.StaleVersion,
            $"cell {record.Id}: report {incarnation}/{revision} is older than {record.Incarnation}/{record.Revision}, the last applied"
        );
    }

    private int AddCell(CellReport report)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            if (_slotsUsed == _rows.Length)
            {
                Array.Resize(ref _rows, _slotsUsed * 2);
                Array.Resize(ref _records, _slotsUsed * 2);
            }

            slot = _slotsUsed++;
        }

        _rows[slot] = new CellRow { Order = _nextOrder++, FirstReservation = -1 };
        // Not usable until its numbers are applied, so that it is not detached from a group it never joined.
        _records[slot] = new CellRecord
        {
            Id = report.Cell,
            Report = report,
            Kind = new CellKind(report),
            Incarnation = report.Incarnation,
        };
        _cellSlots.Add(report.Cell.Value, slot);
        return slot;
    }

    private void TakeIdentity(int slot, CellRecord record, CellReport report)
    {
        ref var row = ref _rows[slot];
        row.TotalMemoryMb = report.Total.MemoryMb;
        row.TotalDiskMb = report.Total.DiskMb;
        row.TotalContainers = report.Total.Containers;
        row.ProxyMemoryMb = report.ProxyMemoryMb;
        row.Zone = ZoneId(report.Zone);
        record.Kind = new CellKind(report);
    }

    private static void TakeNumbers(
        CellRecord record,
        long incarnation,
        long revision,
        Resources available,
        int starting,
        int tasks,
        bool evacuating,
        bool healthy
    )
    {
        record.Incarnation = incarnation;
        record.Revision = revision;
        record.Available = available;
        record.Starting = starting;
        record.Tasks = tasks;
        record.Evacuating = evacuating;
        record.Healthy = healthy;
    }

    private void ReplaceReported(int slot, CellRecord record, IReadOnlyList<ProcessCount> processes)
    {
        var (before, now) = (record.Reported, record.Spare);
        // New counts first, so that a process in both lists keeps its number.
        for (var i = 0; i < processes.Count; i++)
            now.Add(_processes.Acquire(processes[i].ProcessGuid), processes[i].Count);
        if (record.Group is not null)
        {
            foreach (var (process, count) in now)
                if (count - before.GetValueOrDefault(process) is var more && more != 0)
                    CountOnMember(record.Group, process, slot, more);
            foreach (var (process, count) in before)
                if (!now.ContainsKey(process))
                    CountOnMember(record.Group, process, slot, -count);
        }

        foreach (var process in before.Keys)
            _processes.Release(process);
        before.Clear();
        (record.Reported, record.Spare) = (now, before);
    }

    private void ChangeReported(int slot, CellRecord record, IReadOnlyList<ProcessCount> processes)
    {
        for (var i = 0; i < processes.Count; i++)
        {
            var process = _processes.Acquire(processes[i].ProcessGuid);
            ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(record.Reported, process, out var known);
            if (record.Group is not null)
                CountOnMember(record.Group, process, slot, processes[i].Count - count);
            count = processes[i].Count;
            if (count == 0)
                record.Reported.Remove(process);
            // A listed process holds one reference. In every other case the reference just taken is surplus.
            if (known)
                _processes.Release(process);
            if (count == 0)
                _processes.Release(process);
        }
    }

    /// <summary>Drops the reservations that the cell's report now includes.</summary>
    private void Absorb(int slot, CellRecord record)
    {
        var reservation = _rows[slot].FirstReservation;
        while (reservation >= 0)
        {
            ref readonly var held = ref _reservations[reservation];
            var next = held.Next;
            if (held.Confirmed && IsAccountedFor(record, held.Incarnation, held.Revision))
                DropReservation(slot, reservation, record.Group);
            reservation = next;
        }
    }

    private static bool IsAccountedFor(CellRecord record, long incarnation, long revision) =>
        record.Incarnation > incarnation || (record.Incarnation == incarnation && record.Revision >= revision);

    /// <summary>Recomputes free amounts and counts: the last report minus the outstanding reservations.</summary>
    private void Recount(int slot, CellRecord record)
    {
        ref var row = ref _rows[slot];
        var startingBefore = row.Starting;
        row.FreeMemoryMb = record.Available.MemoryMb;
        row.FreeDiskMb = record.Available.DiskMb;
        row.FreeContainers = record.Available.Containers;
        row.Starting = record.Starting;
        row.Tasks = record.Tasks;
        for (var reservation = row.FirstReservation; reservation >= 0; reservation = _reservations[reservation].Next)
            Take(ref row, _reservations[reservation], 1);
        if (record.Group is null)
            return;
        _starting += row.Starting - startingBefore;
        record.Group.Note(slot, row.Leaf);
    }

    /// <summary>If the cell takes work, adds it to its group and its instances to the fleet's counts.</summary>
    private void Attach(int slot, CellRecord record)
    {
        if (!record.Usable)
            return;
        JoinGroup(slot, record);
        _usableCells++;
        _starting += _rows[slot].Starting;
        _ranksStale = true;
        CountInstances(slot, record, 1);
    }

    private void JoinGroup(int slot, CellRecord record)
    {
        ref readonly var row = ref _rows[slot];
        var key = new GroupKey(row.Zone, record.Kind, row.ProxyMemoryMb, GroupKey.SizeClassOf(row));
        if (!_groups.TryGetValue(key, out var group))
        {
            group = new CandidateGroup(key, Rules);
            _groups.Add(key, group);
            _groupsVersion++;
        }

        group.Add(_rows, slot);
        record.Group = group;
    }

    private void Detach(int slot, CellRecord record)
    {
        if (record.Group is not { } group)
            return;
        ref var row = ref _rows[slot];
        CountInstances(slot, record, -1);
        group.Remove(_rows, slot);
        record.Group = null;
        _usableCells--;
        _starting -= row.Starting;
        _ranksStale = true;
        if (group.Count > 0)
            return;
        _groups.Remove(group.Key);
        _groupsVersion++;
    }

    /// <summary>Changes the number of a process's instances on a cell that takes work.</summary>
    private void CountOnMember(CandidateGroup group, int process, int slot, int delta)
    {
        _processes.Add(process, slot, group.Key.Zone, delta);
        if (delta < 0)
            group.InstancesFell(process, slot, _processes.CountOn(process, slot));
    }

    private void CountInstances(int slot, CellRecord record, int sign)
    {
        ref readonly var row = ref _rows[slot];
        foreach (var (process, count) in record.Reported)
            _processes.Add(process, slot, row.Zone, sign * count);
        for (var reservation = row.FirstReservation; reservation >= 0; reservation = _reservations[reservation].Next)
            if (_reservations[reservation].Process is var process and >= 0)
                _processes.Add(process, slot, row.Zone, sign);
    }
}

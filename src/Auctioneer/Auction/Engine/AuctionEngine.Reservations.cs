using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>
    /// The cell accepted the work, and its state includes it from the given revision on. The reservation holds until a report of that
    /// revision or a later one is applied; if one already was, it ends at once.
    /// </summary>
    public SettleOutcome Confirm(ReservationId id, long incarnation, long revision)
    {
        var slot = _reservations.Find(id);
        if (slot < 0 || _reservations[slot].Confirmed)
            return UnknownAnswer();
        ref var held = ref _reservations[slot];
        held.Confirmed = true;
        held.Incarnation = incarnation;
        held.Revision = revision;
        _counters.Confirmed++;
        if (IsAccountedFor(_records[held.Cell]!, incarnation, revision))
            GiveBack(slot);
        return SettleOutcome.Settled;
    }

    /// <summary>The cell refused the work: its resources are free again.</summary>
    public SettleOutcome Refuse(ReservationId id)
    {
        if (!Release(id))
            return UnknownAnswer();
        _counters.Refused++;
        return SettleOutcome.Settled;
    }

    /// <summary>
    /// No answer arrived in time. The resources are free again here. If the work did reach the cell, its next report says so; until then
    /// the cell itself refuses what does not fit.
    /// </summary>
    public SettleOutcome Lapse(ReservationId id)
    {
        if (!Release(id))
            return UnknownAnswer();
        _counters.Lapsed++;
        return SettleOutcome.Settled;
    }

    /// <summary>Whether the reservation still holds resources, confirmed or not.</summary>
    public bool IsOutstanding(ReservationId id) => _reservations.Find(id) >= 0;

    private bool Release(ReservationId id)
    {
        var slot = _reservations.Find(id);
        // Confirmed work belongs to the cell: only its reports can end the reservation.
        if (slot < 0 || _reservations[slot].Confirmed)
            return false;
        GiveBack(slot);
        return true;
    }

    private SettleOutcome UnknownAnswer()
    {
        _counters.AnswersUnknown++;
        return SettleOutcome.Unknown;
    }

    /// <param name="process">The LRP's process if already known, else −1.</param>
    private ReservationId Reserve(int cell, in PlacementAsk ask, int process)
    {
        ref var row = ref _rows[cell];
        if (ask.Kind == WorkKind.Lrp)
        {
            if (process < 0)
                process = _processes.Acquire(ask.Guid);
            else
                _processes.AddReference(process);
            _processes.Add(process, cell, row.Zone, 1);
        }

        var slot = _reservations.Add(ref row, cell, process, ReservedMemoryMb(row, ask), ask.DiskMb);
        Take(ref row, _reservations[slot], 1);
        _starting++;
        _records[cell]!.Group!.Note(cell, row.Leaf);
        return _reservations.IdOf(slot);
    }

    /// <summary>Memory that a placement takes. The rep adds the proxy only to a container with a memory limit.</summary>
    private int ReservedMemoryMb(in CellRow row, in PlacementAsk ask) =>
        ask is { Kind: WorkKind.Lrp, MemoryMb: > 0 } && Rules.ProxyMemory == ProxyMemoryAccounting.Reserved
            ? ask.MemoryMb + row.ProxyMemoryMb
            : ask.MemoryMb;

    /// <summary>Frees the resources of an outstanding reservation.</summary>
    private void GiveBack(int reservation)
    {
        var cell = _reservations[reservation].Cell;
        var group = _records[cell]!.Group;
        Take(ref _rows[cell], _reservations[reservation], -1);
        DropReservation(cell, reservation, group);
        if (group is null)
            return;
        _starting--;
        group.Note(cell, _rows[cell].Leaf);
    }

    /// <summary>Drops the reservation and its instance without changing the cell's numbers.</summary>
    /// <param name="group">The cell's group; null if it is in none.</param>
    private void DropReservation(int cell, int reservation, CandidateGroup? group)
    {
        var process = _reservations[reservation].Process;
        _reservations.Remove(ref _rows[cell], reservation);
        if (process < 0)
            return;
        if (group is not null)
            CountOnMember(group, process, cell, -1);
        _processes.Release(process);
    }

    private static void Take(ref CellRow row, in ReservationRow held, int times)
    {
        row.FreeMemoryMb -= times * held.MemoryMb;
        row.FreeDiskMb -= times * held.DiskMb;
        row.FreeContainers -= times;
        row.Starting += times;
        if (held.Process < 0)
            row.Tasks += times;
    }
}

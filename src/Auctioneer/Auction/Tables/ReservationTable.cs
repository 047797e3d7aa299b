using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Tables;

/// <summary>One outstanding reservation: what it takes from which cell.</summary>
internal struct ReservationRow
{
    /// <summary>The cell's slot; −1 if this row is free.</summary>
    public int Cell;

    /// <summary>The interned process of an LRP; −1 for a task.</summary>
    public int Process;

    public int MemoryMb;
    public int DiskMb;
    public int Next;
    public int Previous;
    public int Generation;
    public bool Confirmed;
    public long Incarnation;
    public long Revision;
}

/// <summary>The outstanding reservations; those of one cell are linked.</summary>
internal sealed class ReservationTable
{
    private ReservationRow[] _rows;
    private int _used;
    private int _firstFree = -1;

    public ReservationTable(int capacity)
    {
        _rows = new ReservationRow[Math.Max(capacity, 16)];
        // Also touches the memory, so that the first decisions do not wait for page faults.
        Array.Fill(_rows, new ReservationRow { Cell = -1 });
    }

    private ReservationTable(ReservationTable other)
    {
        _rows = (ReservationRow[])other._rows.Clone();
        _used = other._used;
        _firstFree = other._firstFree;
        Count = other.Count;
    }

    public int Count { get; private set; }

    public ReservationTable Clone() => new(this);

    public ref ReservationRow this[int slot] => ref _rows[slot];

    public ReservationId IdOf(int slot) => ReservationId.Of(slot, _rows[slot].Generation);

    /// <summary>The row's slot, or −1 if the reservation is no longer outstanding.</summary>
    public int Find(ReservationId id)
    {
        var slot = id.Slot;
        return !id.IsNone && slot < _used && _rows[slot].Cell >= 0 && IdOf(slot) == id ? slot : -1;
    }

    public int Add(ref CellRow cell, int cellSlot, int process, int memoryMb, int diskMb)
    {
        int slot;
        if (_firstFree >= 0)
        {
            slot = _firstFree;
            _firstFree = _rows[slot].Next;
        }
        else
        {
            if (_used == _rows.Length)
                Array.Resize(ref _rows, _rows.Length * 2);
            slot = _used++;
        }

        ref var row = ref _rows[slot];
        row.Generation++;
        row.Cell = cellSlot;
        row.Process = process;
        row.MemoryMb = memoryMb;
        row.DiskMb = diskMb;
        row.Confirmed = false;
        row.Previous = -1;
        row.Next = cell.FirstReservation;
        if (row.Next >= 0)
            _rows[row.Next].Previous = slot;
        cell.FirstReservation = slot;
        Count++;
        return slot;
    }

    public void Remove(ref CellRow cell, int slot)
    {
        ref var row = ref _rows[slot];
        if (row.Previous >= 0)
            _rows[row.Previous].Next = row.Next;
        else
            cell.FirstReservation = row.Next;
        if (row.Next >= 0)
            _rows[row.Next].Previous = row.Previous;
        row.Cell = -1;
        row.Next = _firstFree;
        _firstFree = slot;
        Count--;
    }
}

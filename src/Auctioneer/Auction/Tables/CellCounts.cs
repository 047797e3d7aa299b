using System.Numerics;

namespace Scheduler.Auctioneer.Auction.Tables;

/// <summary>Location of one process's counts: a hash table of <c>1 &lt;&lt; Bits</c> slots from <c>Offset</c>; 0 bits for none.</summary>
internal struct CountBlock
{
    public int Offset;
    public int Used;
    public int Bits;
}

/// <summary>
/// Sparse counts per cell for many owners. Each owner has a small open-addressing table inside one shared array, so a lookup touches one or
/// two cache lines whatever the number of instances, and nothing is allocated per owner.
/// </summary>
internal sealed class CellCounts
{
    private const int SmallestBits = 2;
    private const int MaxBits = 28;

    /// <summary>Tables are at worst just over a third full, and each has freed its smaller predecessors for others.</summary>
    private const int SlotsPerEntry = 4;

    private readonly int[] _freeBlocks;
    private Slot[] _slots;
    private int _slotsUsed;

    public CellCounts(int entries)
    {
        _slots = new Slot[Math.Max(entries, 16) * SlotsPerEntry];
        // Already zero, but not yet in memory: without this, the first decisions would wait for page faults.
        _slots.AsSpan().Clear();
        _freeBlocks = new int[MaxBits + 1];
        Array.Fill(_freeBlocks, -1);
    }

    private CellCounts(CellCounts other)
    {
        _slots = (Slot[])other._slots.Clone();
        _freeBlocks = (int[])other._freeBlocks.Clone();
        _slotsUsed = other._slotsUsed;
    }

    public CellCounts Clone() => new(this);

    public int Get(in CountBlock block, int cell)
    {
        if (block.Used == 0)
            return 0;
        ref readonly var slot = ref _slots[Probe(block, cell)];
        return slot.Cell == cell + 1 ? slot.Count : 0;
    }

    public void Add(ref CountBlock block, int cell, int delta)
    {
        if (delta == 0)
            return;
        if (block.Bits == 0)
            block = new CountBlock { Bits = SmallestBits, Offset = Take(SmallestBits) };
        var at = Probe(block, cell);
        if (_slots[at].Cell == 0)
        {
            // At most three quarters full, so that probes stay short and always end.
            if ((block.Used + 1) * 4 > (1 << block.Bits) * 3)
            {
                Grow(ref block);
                at = Probe(block, cell);
            }

            _slots[at] = new Slot { Cell = cell + 1 };
            block.Used++;
        }

        _slots[at].Count += delta;
        if (_slots[at].Count < 0)
            throw new InvalidOperationException($"cell {cell} would run {_slots[at].Count} instances of a process");
        if (_slots[at].Count == 0)
            Remove(ref block, at);
    }

    public void Free(ref CountBlock block)
    {
        if (block.Bits > 0)
            Give(block.Offset, block.Bits);
        block = default;
    }

    /// <summary>The slot that holds the cell, or the empty slot where it would go.</summary>
    private int Probe(in CountBlock block, int cell)
    {
        var mask = (1 << block.Bits) - 1;
        var i = Home(cell, block.Bits);
        while (_slots[block.Offset + i].Cell is var held && held != 0 && held != cell + 1)
            i = (i + 1) & mask;
        return block.Offset + i;
    }

    private static int Home(int cell, int bits) => (int)(((uint)cell * 0x9E3779B1u) >> (32 - bits));

    /// <summary>Closes the gap to avoid tombstones: later members of the run move up where possible.</summary>
    private void Remove(ref CountBlock block, int at)
    {
        var mask = (1 << block.Bits) - 1;
        var gap = at - block.Offset;
        var i = gap;
        while (true)
        {
            i = (i + 1) & mask;
            ref readonly var next = ref _slots[block.Offset + i];
            if (next.Cell == 0)
                break;
            var home = Home(next.Cell - 1, block.Bits);
            if (((i - home) & mask) < ((i - gap) & mask))
                continue;
            _slots[block.Offset + gap] = next;
            gap = i;
        }

        _slots[block.Offset + gap] = default;
        if (--block.Used == 0)
            Free(ref block);
    }

    private void Grow(ref CountBlock block)
    {
        // Small tables grow fast, so that a process moves only a few times between its first instance and its tenth.
        var bits = block.Bits < 6 ? block.Bits + 2 : block.Bits + 1;
        var larger = new CountBlock
        {
            Bits = bits,
            Offset = Take(bits),
            Used = block.Used,
        };
        for (var i = 0; i < 1 << block.Bits; i++)
        {
            var slot = _slots[block.Offset + i];
            if (slot.Cell != 0)
                _slots[Probe(larger, slot.Cell - 1)] = slot;
        }

        Give(block.Offset, block.Bits);
        block = larger;
    }

    private int Take(int bits)
    {
        var size = 1 << bits;
        var offset = _freeBlocks[bits];
        if (offset >= 0)
        {
            _freeBlocks[bits] = _slots[offset].Count;
            _slots[offset] = default;
            return offset;
        }

        if (_slotsUsed + size > _slots.Length)
            Array.Resize(ref _slots, (int)Math.Max(BitOperations.RoundUpToPowerOf2((uint)(_slotsUsed + size)), _slots.Length * 2L));
        offset = _slotsUsed;
        _slotsUsed += size;
        return offset;
    }

    private void Give(int offset, int bits)
    {
        _slots.AsSpan(offset, 1 << bits).Clear();
        _slots[offset].Count = _freeBlocks[bits];
        _freeBlocks[bits] = offset;
    }

    /// <summary>The cell is stored plus one, so that zeroed memory is empty.</summary>
    private struct Slot
    {
        public int Cell;
        public int Count;
    }
}

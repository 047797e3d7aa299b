using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

/// <summary>
/// The cells of one candidate group, sorted by standing. Among equal standings, cells that score alike are adjacent, in fleet order. The
/// list consists of blocks, so that a change moves a few hundred bytes; each block stores the largest free amounts in it. A changed cell is
/// only marked, and moved to its new place when the list is next searched.
/// </summary>
internal sealed partial class ScoreIndex(bool forTasks, AuctionRules rules)
{
    /// <summary>Large enough that a zone of thousands of cells has few blocks, small enough that a shift takes nanoseconds.</summary>
    private const int BlockSize = 64;

    /// <summary>A block with fewer cells than this is merged with a neighbour if the merged block still has room.</summary>
    private const int Sparse = BlockSize / 4;

    private double[] _standings = [];
    private int[] _cells = [];
    private Block[] _blocks = [];
    private int[] _order = [];
    private int[] _freeBlocks = [];
    private int _blockCount;
    private int _freeCount;

    /// <summary>By leaf: the block that contains the cell.</summary>
    private int[] _blockOf = [];

    /// <summary>By leaf: whether the cell has changed since it was placed.</summary>
    private bool[] _noted = [];
    private int[] _notes = [];
    private int _noteCount;

    /// <summary>Reserves capacity for this many cells, so that decisions never have to.</summary>
    public void Reserve(int cells)
    {
        if (cells <= _blockOf.Length)
            return;
        cells = Math.Max(cells, _blockOf.Length * 2);
        Array.Resize(ref _blockOf, cells);
        Array.Resize(ref _noted, cells);
        Array.Resize(ref _notes, cells);
        // Of two neighbouring blocks, one holds at least Sparse cells, or both together are nearly full, so this many blocks always
        // suffice.
        var before = _blocks.Length;
        var blocks = 2 * cells / Sparse + 2;
        Array.Resize(ref _blocks, blocks);
        Array.Resize(ref _order, blocks);
        Array.Resize(ref _freeBlocks, blocks);
        Array.Resize(ref _standings, blocks * BlockSize);
        Array.Resize(ref _cells, blocks * BlockSize);
        for (var block = blocks - 1; block >= before; block--)
            _freeBlocks[_freeCount++] = block;
    }

    /// <summary>Marks a cell of the list as changed.</summary>
    public void Note(int cell, int leaf)
    {
        if (_noted[leaf])
            return;
        _noted[leaf] = true;
        _notes[_noteCount++] = cell;
    }

    /// <summary>Moves every marked cell to its new place.</summary>
    public void Refresh(CellRow[] rows)
    {
        if (_noteCount == 0)
            return;
        // Take all out before putting the first back: places are found by comparing with cells that are in order.
        for (var i = 0; i < _noteCount; i++)
            TakeOut(rows, _notes[i]);
        for (var i = 0; i < _noteCount; i++)
        {
            _noted[rows[_notes[i]].Leaf] = false;
            PutIn(rows, _notes[i]);
        }

        _noteCount = 0;
    }

    /// <summary>Adds a cell. Capacity must be reserved, and no cell may be marked.</summary>
    public void Add(CellRow[] rows, int cell) => PutIn(rows, cell);

    /// <summary>Removes a cell. No cell may be marked.</summary>
    public void Remove(CellRow[] rows, int cell) => TakeOut(rows, cell);

    /// <summary>Changes the leaf of a cell that keeps its place in the list. No cell may be marked.</summary>
    public void MoveLeaf(int from, int to) => _blockOf[to] = _blockOf[from];

    private void PutIn(CellRow[] rows, int cell)
    {
        ref readonly var row = ref rows[cell];
        var standing = CellScore.Standing(row, forTasks, rules);
        var place = 0;
        if (_blockCount == 0)
            _order[_blockCount++] = NewBlock();
        else
            place = PlaceOf(rows, standing, cell);
        if (_blocks[_order[place]].Count == BlockSize)
        {
            Split(rows, place);
            var second = _order[place + 1] * BlockSize;
            if (!StandsBefore(rows, standing, cell, _standings[second], _cells[second]))
                place++;
        }

        var id = _order[place];
        ref var block = ref _blocks[id];
        var start = id * BlockSize;
        var at = PositionIn(rows, start, block.Count, standing, cell);
        _standings.AsSpan(start + at, block.Count - at).CopyTo(_standings.AsSpan(start + at + 1));
        _cells.AsSpan(start + at, block.Count - at).CopyTo(_cells.AsSpan(start + at + 1));
        _standings[start + at] = standing;
        _cells[start + at] = cell;
        _blockOf[row.Leaf] = id;
        block.Count++;
        block.Admit(row);
    }

    private void TakeOut(CellRow[] rows, int cell)
    {
        var id = _blockOf[rows[cell].Leaf];
        ref var block = ref _blocks[id];
        var start = id * BlockSize;
        var at = _cells.AsSpan(start, block.Count).IndexOf(cell);
        if (at < 0)
            throw new InvalidOperationException($"cell {cell} is not where the list of standings has it");
        var behind = block.Count - at - 1;
        _standings.AsSpan(start + at + 1, behind).CopyTo(_standings.AsSpan(start + at));
        _cells.AsSpan(start + at + 1, behind).CopyTo(_cells.AsSpan(start + at));
        block.Count--;
        block.Loose = true;
        if (block.Count < Sparse)
            Close(rows, id);
    }

    /// <summary>The last block whose first cell precedes the given one, or the first block.</summary>
    private int PlaceOf(CellRow[] rows, double standing, int cell)
    {
        var (low, high) = (0, _blockCount - 1);
        while (low < high)
        {
            var middle = (low + high + 1) >> 1;
            var first = _order[middle] * BlockSize;
            if (StandsBefore(rows, standing, cell, _standings[first], _cells[first]))
                high = middle - 1;
            else
                low = middle;
        }

        return low;
    }

    private int PositionIn(CellRow[] rows, int start, int count, double standing, int cell)
    {
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) >> 1;
            if (StandsBefore(rows, standing, cell, _standings[start + middle], _cells[start + middle]))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }

    private bool StandsBefore(CellRow[] rows, double standing, int cell, double otherStanding, int other)
    {
        if (standing != otherStanding)
            return standing < otherStanding;
        ref readonly var a = ref rows[cell];
        ref readonly var b = ref rows[other];
        var difference = CellRow.CompareState(a, b, forTasks);
        return difference != 0 ? difference < 0 : a.Order < b.Order;
    }

    private void Split(CellRow[] rows, int place)
    {
        const int Half = BlockSize / 2;
        var (from, to) = (_order[place], NewBlock());
        Array.Copy(_standings, from * BlockSize + Half, _standings, to * BlockSize, BlockSize - Half);
        Array.Copy(_cells, from * BlockSize + Half, _cells, to * BlockSize, BlockSize - Half);
        _blocks[from].Count = Half;
        _blocks[to].Count = BlockSize - Half;
        for (var i = 0; i < BlockSize - Half; i++)
            _blockOf[rows[_cells[to * BlockSize + i]].Leaf] = to;
        Measure(rows, from);
        Measure(rows, to);
        Array.Copy(_order, place + 1, _order, place + 2, _blockCount - place - 1);
        _order[place + 1] = to;
        _blockCount++;
    }

    /// <summary>Drops an empty block, or merges a sparse one with its neighbour.</summary>
    private void Close(CellRow[] rows, int id)
    {
        var place = _order.AsSpan(0, _blockCount).IndexOf(id);
        if (_blocks[id].Count == 0)
        {
            Drop(place);
            return;
        }

        if (place + 1 < _blockCount && Joins(place))
            Join(rows, place);
        else if (place > 0 && Joins(place - 1))
            Join(rows, place - 1);
    }

    private bool Joins(int place) => _blocks[_order[place]].Count + _blocks[_order[place + 1]].Count <= BlockSize - Sparse;

    /// <summary>Moves the content of the next block to the end of this one.</summary>
    private void Join(CellRow[] rows, int place)
    {
        var (to, from) = (_order[place], _order[place + 1]);
        ref var target = ref _blocks[to];
        ref readonly var source = ref _blocks[from];
        Array.Copy(_standings, from * BlockSize, _standings, to * BlockSize + target.Count, source.Count);
        Array.Copy(_cells, from * BlockSize, _cells, to * BlockSize + target.Count, source.Count);
        for (var i = 0; i < source.Count; i++)
            _blockOf[rows[_cells[from * BlockSize + i]].Leaf] = to;
        target.Count += source.Count;
        target.MaxFreeMemoryMb = Math.Max(target.MaxFreeMemoryMb, source.MaxFreeMemoryMb);
        target.MaxFreeDiskMb = Math.Max(target.MaxFreeDiskMb, source.MaxFreeDiskMb);
        target.MaxFreeContainers = Math.Max(target.MaxFreeContainers, source.MaxFreeContainers);
        target.Loose = true;
        Drop(place + 1);
    }

    private void Drop(int place)
    {
        _freeBlocks[_freeCount++] = _order[place];
        Array.Copy(_order, place + 1, _order, place, _blockCount - place - 1);
        _blockCount--;
    }

    private int NewBlock()
    {
        var id = _freeBlocks[--_freeCount];
        _blocks[id] = Block.Empty;
        return id;
    }

    /// <summary>Recomputes the largest free amounts.</summary>
    private void Measure(CellRow[] rows, int id)
    {
        ref var block = ref _blocks[id];
        var count = block.Count;
        block = Block.Empty;
        block.Count = count;
        for (var i = 0; i < count; i++)
            block.Admit(rows[_cells[id * BlockSize + i]]);
    }

    private struct Block
    {
        public int Count;

        /// <summary>Upper bound of the free amount of any cell in the block.</summary>
        public int MaxFreeMemoryMb;
        public int MaxFreeDiskMb;
        public int MaxFreeContainers;

        /// <summary>Cells have left since the amounts were computed, so the amounts may be too large.</summary>
        public bool Loose;

        public static Block Empty =>
            new()
            {
                MaxFreeMemoryMb = int.MinValue,
                MaxFreeDiskMb = int.MinValue,
                MaxFreeContainers = int.MinValue,
            };

        public void Admit(in CellRow row)
        {
            MaxFreeMemoryMb = Math.Max(MaxFreeMemoryMb, row.FreeMemoryMb);
            MaxFreeDiskMb = Math.Max(MaxFreeDiskMb, row.FreeDiskMb);
            MaxFreeContainers = Math.Max(MaxFreeContainers, row.FreeContainers);
        }
    }
}

using System.Numerics;

namespace Scheduler.Auctioneer.Auction;

/// <summary>
/// A tournament over the cells of one candidate group. Leaves stand in the group's order; each inner node knows the
/// best standing below it, a bound for the rest, and the largest free amounts. A changed cell is only noted; the next
/// search brings the paths from the noted leaves to the root up to date first.
/// </summary>
internal sealed partial class CandidateTree(bool forTasks, AuctionRules rules)
{
    private CandidateNode[] _nodes = [];
    private AskCost[] _costs = [];
    private bool[] _noted = [];
    private int[] _notes = [];
    private int _noteCount;
    private int _size;
    private bool _sameTotals;

    /// <summary>The whole group; valid after <see cref="Refresh"/>.</summary>
    public ref readonly CandidateNode Root => ref _nodes[1];

    /// <summary>Builds anew over cells whose order or number changed.</summary>
    public void Rebuild(CellRow[] cells, ReadOnlySpan<int> order)
    {
        _size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(order.Length, 1));
        if (_nodes.Length < 2 * _size)
        {
            _nodes = new CandidateNode[2 * _size];
            _costs = new AskCost[2 * _size];
            _noted = new bool[_size];
            _notes = new int[_size];
        }

        _noted.AsSpan().Clear();
        _noteCount = 0;
        _sameTotals = true;
        for (var i = 0; i < _size; i++)
        {
            if (i >= order.Length)
            {
                _nodes[_size + i] = CandidateNode.Empty;
                _costs[_size + i] = AskCost.Empty;
                continue;
            }

            ref readonly var cell = ref cells[order[i]];
            SetLeaf(i, order[i], cell);
            _costs[_size + i] = AskCost.In(cell);
            _sameTotals &= SameTotals(cell, cells[order[0]]);
        }

        for (var node = _size - 1; node >= 1; node--)
        {
            _costs[node] = AskCost.Least(_costs[2 * node], _costs[2 * node + 1]);
            Combine(cells, node);
        }
    }

    /// <summary>Notes that the cell at this leaf has changed.</summary>
    public void Note(int leaf)
    {
        if (leaf >= _noted.Length || _noted[leaf]) return;
        _noted[leaf] = true;
        _notes[_noteCount++] = leaf;
    }

    /// <summary>Brings every noted leaf and what is above it up to date.</summary>
    public void Refresh(CellRow[] cells, ReadOnlySpan<int> order)
    {
        if (_noteCount == 0) return;
        // Beyond this many, walking each path costs more than combining every inner node once.
        var all = _noteCount * BitOperations.Log2((uint)_size) > _size;
        for (var i = 0; i < _noteCount; i++)
        {
            var leaf = _notes[i];
            _noted[leaf] = false;
            SetLeaf(leaf, order[leaf], cells[order[leaf]]);
            if (all) continue;
            for (var node = (_size + leaf) >> 1; node >= 1; node >>= 1) Combine(cells, node);
        }

        if (all)
            for (var node = _size - 1; node >= 1; node--)
                Combine(cells, node);
        _noteCount = 0;
    }

    private void SetLeaf(int leaf, int cellSlot, in CellRow cell)
    {
        ref var node = ref _nodes[_size + leaf];
        node.Standing = CellScore.Standing(cell, forTasks, rules);
        node.NextStanding = double.PositiveInfinity;
        node.Best = cellSlot;
        node.MaxFreeMemoryMb = cell.FreeMemoryMb;
        node.MaxFreeDiskMb = cell.FreeDiskMb;
        node.MaxFreeContainers = cell.FreeContainers;
    }

    private void Combine(CellRow[] cells, int at)
    {
        ref readonly var left = ref _nodes[2 * at];
        ref readonly var right = ref _nodes[2 * at + 1];
        ref var node = ref _nodes[at];
        if (left.Standing < right.Standing)
        {
            node.Standing = left.Standing;
            node.NextStanding = Math.Min(left.NextStanding, right.Standing);
            node.Best = left.Best;
        }
        else if (right.Standing < left.Standing)
        {
            node.Standing = right.Standing;
            node.NextStanding = Math.Min(right.NextStanding, left.Standing);
            node.Best = right.Best;
        }
        else
        {
            var alike = left.Best < 0 || right.Best < 0 || CellRow.ScoreAlike(cells[left.Best], cells[right.Best], forTasks);
            node.Standing = left.Standing;
            node.NextStanding = alike ? Math.Min(left.NextStanding, right.NextStanding) : left.Standing;
            node.Best = left.Best >= 0 ? left.Best : right.Best;
        }

        node.MaxFreeMemoryMb = Math.Max(left.MaxFreeMemoryMb, right.MaxFreeMemoryMb);
        node.MaxFreeDiskMb = Math.Max(left.MaxFreeDiskMb, right.MaxFreeDiskMb);
        node.MaxFreeContainers = Math.Max(left.MaxFreeContainers, right.MaxFreeContainers);
    }

    private static bool SameTotals(in CellRow a, in CellRow b) =>
        a.TotalMemoryMb == b.TotalMemoryMb && a.TotalDiskMb == b.TotalDiskMb && a.TotalContainers == b.TotalContainers;
}

using Scheduler.Auctioneer.Auction.Tables;

namespace Scheduler.Auctioneer.Auction.Index;

internal sealed partial class ScoreIndex
{
    /// <summary>
    /// Improves <paramref name="bid"/> with this group's best cell for the ask. Searches from the best standing up, until no further
    /// standing can beat the bid even with rounding in its favour. Of cells that score alike it looks only at the first, unless that one
    /// runs more of the process than the floor; blocks without room are skipped.
    /// </summary>
    /// <param name="process">The LRP's process, or −1 for a task or a process without instances.</param>
    /// <param name="floor">Lower bound of the process's instances on each cell, except for cells that are tried separately.</param>
    /// <param name="cost">Lower bound of what the ask adds to a standing in this group.</param>
    /// <param name="memoryMb">Memory that the work takes in this group, including proxy memory.</param>
    /// <returns>How many of the tried cells run more of the process than the floor.</returns>
    public int Search(CellRow[] rows, ProcessTable processes, int process, int floor, double cost, long memoryMb, long diskMb, ref Bid bid)
    {
        var above = 0;
        cost += CellScore.Locality(floor);
        var hopeless = bid.Hopeless - cost;
        // The position of the last cell looked at whose run of alike cells reaches the end of the block.
        var likeness = -1;
        for (var place = 0; place < _blockCount; place++)
        {
            if (likeness >= 0)
                place = LastStartingAlike(rows, place, likeness);
            var id = _order[place];
            var start = id * BlockSize;
            if (_standings[start] > hopeless)
                return above;
            ref readonly var block = ref _blocks[id];
            if (block.MaxFreeMemoryMb < memoryMb || block.MaxFreeDiskMb < diskMb || block.MaxFreeContainers < 1)
                continue;
            var standings = _standings.AsSpan(start, block.Count);
            var cells = _cells.AsSpan(start, block.Count);
            var i = likeness >= 0 && Alike(rows, likeness, start) ? NextUnlike(rows, start, 0, block.Count) : 0;
            if (i < block.Count)
                likeness = -1;
            var hasRoom = i > 0;
            while (i < block.Count)
            {
                if (standings[i] > hopeless)
                    return above;
                ref readonly var row = ref rows[cells[i]];
                if (!HasRoom(row, memoryMb, diskMb))
                {
                    i++;
                    continue;
                }

                hasRoom = true;
                // The score with the fewest possible instances of the process: if that cannot win, no cell that scores alike can.
                var score = Score(row, memoryMb, diskMb, floor);
                if (bid.Accepts(score, row))
                {
                    var sameProcess = forTasks ? 0 : processes.CountOn(process, cells[i]);
                    if (sameProcess != floor)
                        score = Score(row, memoryMb, diskMb, sameProcess);
                    if (bid.Accepts(score, row))
                        bid.Take(score, row, cells[i]);
                    hopeless = bid.Hopeless - cost;
                    if (sameProcess != floor)
                    {
                        above++;
                        i++;
                        continue;
                    }
                }

                var looked = start + i;
                i = NextUnlike(rows, start, i, block.Count);
                if (i == block.Count)
                    likeness = looked;
            }

            if (!hasRoom && block.Loose)
                Measure(rows, id);
        }

        return above;
    }

    /// <summary>Tries single cells of the list, whatever they run of the process.</summary>
    public void Try(ReadOnlySpan<int> cells, CellRow[] rows, ProcessTable processes, int process, long memoryMb, long diskMb, ref Bid bid)
    {
        foreach (var cell in cells)
        {
            ref readonly var row = ref rows[cell];
            if (!HasRoom(row, memoryMb, diskMb))
                continue;
            var score = Score(row, memoryMb, diskMb, processes.CountOn(process, cell));
            if (bid.Accepts(score, row))
                bid.Take(score, row, cell);
        }
    }

    private static bool HasRoom(in CellRow row, long memoryMb, long diskMb) =>
        row.FreeMemoryMb >= memoryMb && row.FreeDiskMb >= diskMb && row.FreeContainers >= 1;

    /// <summary>Whether no cell has that much memory, disk, or a container; clears the flag of each resource that some cell has.</summary>
    public void Shortage(CellRow[] rows, long memoryMb, long diskMb, ref bool memory, ref bool disk, ref bool containers)
    {
        for (var place = 0; place < _blockCount; place++)
        {
            ref readonly var block = ref _blocks[_order[place]];
            if (block.Loose)
                Measure(rows, _order[place]);
            memory &= block.MaxFreeMemoryMb < memoryMb;
            disk &= block.MaxFreeDiskMb < diskMb;
            containers &= block.MaxFreeContainers < 1;
        }
    }

    private double Score(in CellRow row, long memoryMb, long diskMb, int sameProcess) =>
        forTasks ? CellScore.ForTask(row, memoryMb, diskMb, rules) : CellScore.ForLrp(row, memoryMb, diskMb, sameProcess, rules);

    /// <summary>The first position in the block after <paramref name="at"/> whose cell does not score alike, or the end.</summary>
    private int NextUnlike(CellRow[] rows, int start, int at, int count)
    {
        // Most runs are short, a few span several blocks: double the step, then halve it.
        var (alike, unlike) = (at, count);
        for (var step = 1; alike + step < unlike; step <<= 1)
        {
            if (!Alike(rows, start + at, start + alike + step))
            {
                unlike = alike + step;
                break;
            }

            alike += step;
        }

        while (unlike - alike > 1)
        {
            var middle = (alike + unlike) >> 1;
            if (Alike(rows, start + at, start + middle))
                alike = middle;
            else
                unlike = middle;
        }

        return unlike;
    }

    /// <summary>The last block from <paramref name="place"/> on that begins with a cell that scores alike, or that place.</summary>
    private int LastStartingAlike(CellRow[] rows, int place, int likeness)
    {
        var (alike, unlike) = (place, _blockCount);
        for (var step = 1; alike + step < unlike; step <<= 1)
        {
            if (!Alike(rows, likeness, _order[alike + step] * BlockSize))
            {
                unlike = alike + step;
                break;
            }

            alike += step;
        }

        while (unlike - alike > 1)
        {
            var middle = (alike + unlike) >> 1;
            if (Alike(rows, likeness, _order[middle] * BlockSize))
                alike = middle;
            else
                unlike = middle;
        }

        return alike;
    }

    private bool Alike(CellRow[] rows, int a, int b) =>
        _standings[a] == _standings[b] && CellRow.CompareState(rows[_cells[a]], rows[_cells[b]], forTasks) == 0;
}

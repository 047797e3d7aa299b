namespace Scheduler.Auctioneer.Auction;

internal sealed partial class StandingList
{
    /// <summary>
    /// Improves <paramref name="bid"/> by this group's best cell for the ask: from the best standing up, until no
    /// further standing can beat the bid even with rounding in its favour. Of cells that score alike only the first
    /// is looked at, unless it already runs the process; blocks without room are left out.
    /// </summary>
    /// <param name="cost">The least that the ask adds to a standing in this group.</param>
    /// <param name="memoryMb">What the work takes in this group, proxy memory included.</param>
    /// <param name="process">The LRP's process, or −1 for a task or a process that nobody runs.</param>
    public void Search(CellRow[] rows, ProcessTable processes, int process, double cost, long memoryMb, long diskMb, ref Bid bid)
    {
        var hopeless = bid.Hopeless - cost;
        for (var place = 0; place < _blockCount; place++)
        {
            var id = _order[place];
            var start = id * BlockSize;
            if (_standings[start] > hopeless) return;
            ref readonly var block = ref _blocks[id];
            if (block.MaxFreeMemoryMb < memoryMb || block.MaxFreeDiskMb < diskMb || block.MaxFreeContainers < 1) continue;
            var standings = _standings.AsSpan(start, block.Count);
            var cells = _cells.AsSpan(start, block.Count);
            var hasRoom = false;
            for (var i = 0; i < standings.Length;)
            {
                if (standings[i] > hopeless) return;
                ref readonly var row = ref rows[cells[i]];
                if (row.FreeMemoryMb < memoryMb || row.FreeDiskMb < diskMb || row.FreeContainers < 1)
                {
                    i++;
                    continue;
                }

                hasRoom = true;
                // The score as if the process were not there: if that cannot win, nor can any cell that scores alike.
                var score = Score(row, memoryMb, diskMb, 0);
                if (bid.Accepts(score, row))
                {
                    var sameProcess = forTasks ? 0 : processes.CountOn(process, cells[i]);
                    if (sameProcess > 0) score = Score(row, memoryMb, diskMb, sameProcess);
                    if (bid.Accepts(score, row)) bid.Take(score, row, cells[i]);
                    hopeless = bid.Hopeless - cost;
                    if (sameProcess > 0)
                    {
                        i++;
                        continue;
                    }
                }

                i = NextUnlike(rows, standings, cells, i);
            }

            if (!hasRoom && block.Loose) Measure(rows, id);
        }
    }

    /// <summary>Whether no cell has so much memory, disk or a container; clears what some cell has.</summary>
    public void Shortage(CellRow[] rows, long memoryMb, long diskMb, ref bool memory, ref bool disk, ref bool containers)
    {
        for (var place = 0; place < _blockCount; place++)
        {
            ref readonly var block = ref _blocks[_order[place]];
            if (block.Loose) Measure(rows, _order[place]);
            memory &= block.MaxFreeMemoryMb < memoryMb;
            disk &= block.MaxFreeDiskMb < diskMb;
            containers &= block.MaxFreeContainers < 1;
        }
    }

    private double Score(in CellRow row, long memoryMb, long diskMb, int sameProcess) => forTasks
        ? CellScore.ForTask(row, memoryMb, diskMb, rules)
        : CellScore.ForLrp(row, memoryMb, diskMb, sameProcess, rules);

    /// <summary>The first position after <paramref name="at"/> whose cell does not score like the one there, or the end.</summary>
    private int NextUnlike(CellRow[] rows, ReadOnlySpan<double> standings, ReadOnlySpan<int> cells, int at)
    {
        // Most runs are short, a few fill blocks: steps that double, then halve.
        var (alike, unlike) = (at, standings.Length);
        for (var step = 1; alike + step < unlike; step <<= 1)
        {
            if (!Alike(rows, standings, cells, at, alike + step))
            {
                unlike = alike + step;
                break;
            }

            alike += step;
        }

        while (unlike - alike > 1)
        {
            var middle = (alike + unlike) >> 1;
            if (Alike(rows, standings, cells, at, middle)) alike = middle;
            else unlike = middle;
        }

        return unlike;
    }

    private bool Alike(CellRow[] rows, ReadOnlySpan<double> standings, ReadOnlySpan<int> cells, int a, int b) =>
        standings[a] == standings[b] && CellRow.CompareState(rows[cells[a]], rows[cells[b]], forTasks) == 0;
}

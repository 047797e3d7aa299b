namespace Scheduler.Auctioneer.Auction;

internal sealed partial class CandidateTree
{
    /// <summary>Deeper than any path: each step leaves at most one sibling waiting, and there are at most 31 levels.</summary>
    private const int StackSize = 64;

    /// <summary>
    /// Improves <paramref name="bid"/> by this group's best cell for the ask: branch and bound from the best standing
    /// down. A subtree is left out when its bound cannot beat the bid even with rounding in its favour; cells that
    /// score alike are looked at once, unless the first of them already runs the process.
    /// </summary>
    /// <param name="memoryMb">What the work takes in this group, proxy memory included.</param>
    /// <param name="process">The LRP's process, or −1 for a task or a process that nobody runs.</param>
    public void Search(CellRow[] cells, ProcessTable processes, int process, long memoryMb, long diskMb, ref Bid bid)
    {
        Span<int> waiting = stackalloc int[StackSize];
        var depth = 0;
        waiting[depth++] = 1;
        var sharedCost = _costs[1].Of(memoryMb, diskMb);
        var seen = -1;
        var seenAs = Verdict.NoRoom;
        while (depth > 0)
        {
            var at = waiting[--depth];
            ref readonly var node = ref _nodes[at];
            if (node.MaxFreeMemoryMb < memoryMb || node.MaxFreeDiskMb < diskMb || node.MaxFreeContainers < 1) continue;
            var limit = bid.Score + CellScore.Slack(bid.Score) - (_sameTotals ? sharedCost : _costs[at].Of(memoryMb, diskMb));
            if (node.Standing > limit) continue;
            if (node.Best != seen)
            {
                seen = node.Best;
                seenAs = Evaluate(cells, processes, process, memoryMb, diskMb, seen, ref bid);
                limit = bid.Score + CellScore.Slack(bid.Score) - (_sameTotals ? sharedCost : _costs[at].Of(memoryMb, diskMb));
            }

            if (at >= _size) continue;
            // What the best cell's verdict does not already say about the others below.
            var rest = seenAs == Verdict.RunsIt ? node.Standing : node.NextStanding;
            if (rest > limit || double.IsPositiveInfinity(rest)) continue;
            var nearer = _nodes[2 * at].Standing <= _nodes[2 * at + 1].Standing ? 2 * at : 2 * at + 1;
            waiting[depth++] = nearer ^ 1;
            waiting[depth++] = nearer;
        }
    }

    private Verdict Evaluate(CellRow[] cells, ProcessTable processes, int process, long memoryMb, long diskMb, int cell, ref Bid bid)
    {
        ref readonly var row = ref cells[cell];
        if (row.FreeMemoryMb < memoryMb || row.FreeDiskMb < diskMb || row.FreeContainers < 1) return Verdict.NoRoom;
        if (forTasks)
        {
            bid.Offer(CellScore.ForTask(row, memoryMb, diskMb, rules), row, cell);
            return Verdict.Fits;
        }

        var sameProcess = processes.CountOn(process, cell);
        bid.Offer(CellScore.ForLrp(row, memoryMb, diskMb, sameProcess, rules), row, cell);
        return sameProcess == 0 ? Verdict.Fits : Verdict.RunsIt;
    }

    /// <summary>What is known of the cells that score like a node's best one.</summary>
    private enum Verdict
    {
        /// <summary>They cannot take the ask either.</summary>
        NoRoom,

        /// <summary>They score the same or worse, and stand after it.</summary>
        Fits,

        /// <summary>This one runs the process, so others may be better.</summary>
        RunsIt,
    }
}

using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>How many more of exactly this ask could be placed now, one after the other. Looks at every cell.</summary>
    public long Headroom(in PlacementAsk ask)
    {
        var wanted = Own(ask.Constraints);
        var fits = 0L;
        for (var slot = 0; slot < _slotsUsed; slot++)
            if (_records[slot] is { Group: { } group } record && ConstraintMatch.Test(record.Kind, wanted) == ConstraintStage.Passed)
                fits += HeadroomOn(slot, group, ask);
        return Rules.StartingContainerCountMaximum > 0 ? Math.Clamp(Rules.StartingContainerCountMaximum - _starting, 0, fits) : fits;
    }

    /// <summary>Adds an empty cell with the properties of another; false if that cell is unknown.</summary>
    internal bool AddLike(CellId like, CellId added)
    {
        if (!_cellSlots.TryGetValue(like.Value ?? "", out var slot))
            return false;
        var report = _records[slot]!.Report;
        var error = Apply(
            report with
            {
                Cell = added,
                Available = report.Total,
                StartingContainerCount = 0,
                Tasks = 0,
                Evacuating = false,
                Healthy = true,
                Processes = [],
            }
        );
        return error is null ? true : throw error.ToException();
    }

    /// <summary>Marks a cell as evacuating, as its own report would; false if it is unknown.</summary>
    internal bool Drain(CellId cell)
    {
        if (!_cellSlots.TryGetValue(cell.Value ?? "", out var slot))
            return false;
        var record = _records[slot]!;
        Detach(slot, record);
        record.Evacuating = true;
        return true;
    }

    private long HeadroomOn(int slot, CandidateGroup group, in PlacementAsk ask)
    {
        ref readonly var row = ref _rows[slot];
        var memory = Times(row.FreeMemoryMb, group.MemoryFor(ask), ReservedMemoryMb(row, ask));
        var disk = Times(row.FreeDiskMb, ask.DiskMb, ask.DiskMb);
        return Math.Min(Math.Max(row.FreeContainers, 0), Math.Min(memory, disk));
    }

    /// <summary>How many times an amount can be taken if a (larger) amount must be free each time.</summary>
    private static long Times(long free, long mustBeFree, long taken) =>
        free < mustBeFree ? 0
        : taken == 0 ? long.MaxValue
        : (free - mustBeFree) / taken + 1;
}

using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Engine;

public sealed partial class AuctionEngine
{
    /// <summary>
    /// Says for each rule how many cells it takes out and how close the nearest was, and for the cells that are left
    /// what their scores are made of. Looks at every cell, so it is for those who ask, not for every decision.
    /// </summary>
    /// <param name="bids">How many of the best cells to list.</param>
    public PlacementExplanation Explain(in PlacementAsk ask, int bids = 5)
    {
        var decision = Decide(ask);
        var cells = new List<int>();
        for (var slot = 0; slot < _slotsUsed; slot++)
            if (_records[slot] is not null)
                cells.Add(slot);
        var verdicts = new List<RuleVerdict>();
        var usable = Keep(cells, verdicts, "takes work", IsUsable, NearestMiss.Unusable);
        if (Rules.StartingContainerCountMaximum > 0) verdicts.Add(InflightVerdict(usable.Count));
        var wanted = Own(ask.Constraints);
        var byRootFs = Keep(usable, verdicts, "root filesystem", slot => StageOf(slot, wanted) > ConstraintStage.RootFs, slots => NearestMiss.RootFs(Records(slots), wanted));
        var byDrivers = Keep(byRootFs, verdicts, "volume drivers", slot => StageOf(slot, wanted) > ConstraintStage.VolumeDrivers, slots => NearestMiss.VolumeDrivers(Records(slots), wanted));
        var matching = Keep(byDrivers, verdicts, "placement tags", slot => StageOf(slot, wanted) > ConstraintStage.PlacementTags, slots => NearestMiss.PlacementTags(Records(slots), wanted));
        if (wanted.Constraint.Privileges.Count > 0)
            matching = Keep(matching, verdicts, "privileges", slot => StageOf(slot, wanted) > ConstraintStage.Privileges, slots => NearestMiss.Privileges(Records(slots), wanted));
        AddShortages(matching, verdicts, ask);
        var feasible = Bids(matching, ask);
        return new PlacementExplanation
        {
            Decision = decision,
            Rules = verdicts,
            Bids = feasible.GetRange(0, Math.Min(bids, feasible.Count)),
            Feasible = feasible.Count,
        };
    }

    private bool IsUsable(int slot) => _records[slot]!.Usable;

    private ConstraintStage StageOf(int slot, ConstraintSet wanted) => ConstraintMatch.Test(_records[slot]!.Kind, wanted);

    private IReadOnlyList<CellRecord> Records(List<int> slots) => slots.ConvertAll(slot => _records[slot]!);

    private List<int> Keep(List<int> cells, List<RuleVerdict> verdicts, string rule, Predicate<int> passes, Func<List<int>, string> miss)
    {
        var kept = cells.FindAll(passes);
        var lost = cells.FindAll(slot => !passes(slot));
        verdicts.Add(new RuleVerdict(rule, lost.Count, cells.Count, lost.Count == 0 ? null : miss(lost)));
        return kept;
    }

    private RuleVerdict InflightVerdict(int cells)
    {
        var reached = _starting >= Rules.StartingContainerCountMaximum;
        return new RuleVerdict("in-flight start limit", reached ? cells : 0, cells,
            reached ? $"{_starting} containers are starting, the limit is {Rules.StartingContainerCountMaximum}" : null);
    }

    private void AddShortages(List<int> matching, List<RuleVerdict> verdicts, PlacementAsk ask)
    {
        verdicts.Add(ShortageOf("containers", "", matching, ask, static (row, _) => (row.FreeContainers, 1, 0)));
        verdicts.Add(ShortageOf("disk", " MB", matching, ask, static (row, ask) => (row.FreeDiskMb, ask.DiskMb, 0)));
        verdicts.Add(ShortageOf("memory", " MB", matching, ask, static (row, ask) =>
            (row.FreeMemoryMb, ask.MemoryMb, ask.Kind == WorkKind.Lrp ? row.ProxyMemoryMb : 0)));
    }

    private RuleVerdict ShortageOf(string what, string unit, List<int> cells, PlacementAsk ask, Func<CellRow, PlacementAsk, (int Free, int Wanted, int Proxy)> amounts)
    {
        var shortCells = 0;
        var nearest = -1;
        var least = long.MaxValue;
        foreach (var slot in cells)
        {
            var (free, wanted, proxy) = amounts(_rows[slot], ask);
            var missing = (long)wanted + proxy - free;
            if (missing <= 0) continue;
            shortCells++;
            if (missing >= least) continue;
            (nearest, least) = (slot, missing);
        }

        if (nearest < 0) return new RuleVerdict(what, 0, cells.Count, null);
        var of = amounts(_rows[nearest], ask);
        var needs = of.Proxy > 0 ? $"{of.Wanted}{unit} and {of.Proxy}{unit} for the proxy" : $"{of.Wanted}{unit}";
        var record = _records[nearest]!;
        return new RuleVerdict(what, shortCells, cells.Count,
            $"needs {needs}: the {(shortCells == cells.Count ? "freest matching cell" : "nearest that is short")}, {record.Id} in {record.Report.Zone}, has {of.Free}{unit}");
    }

    /// <summary>Every cell that can take the ask, in the order in which the auction prefers them.</summary>
    private List<CellBid> Bids(List<int> matching, PlacementAsk ask)
    {
        var isLrp = ask.Kind == WorkKind.Lrp;
        var process = isLrp ? _processes.Find(ask.Guid) : -1;
        var bids = new List<(CellBid Bid, long Order)>();
        foreach (var slot in matching)
        {
            var record = _records[slot]!;
            if (!TryScore(record.Id, ask, out var score)) continue;
            ref readonly var row = ref _rows[slot];
            bids.Add((new CellBid(
                record.Id, record.Report.Zone, _processes.CountIn(process, row.Zone), score,
                CellScore.Resource(row, record.Group!.MemoryFor(ask), ask.DiskMb, 1),
                CellScore.Starting(row, Rules),
                CellScore.Locality(isLrp ? _processes.CountOn(process, slot) : row.Tasks),
                isLrp ? CellScore.Index(row, Rules) : 0), row.Order));
        }

        bids.Sort(static (a, b) =>
        {
            var byZone = a.Bid.ZoneInstances.CompareTo(b.Bid.ZoneInstances);
            if (byZone != 0) return byZone;
            var byScore = a.Bid.Score.CompareTo(b.Bid.Score);
            return byScore != 0 ? byScore : a.Order.CompareTo(b.Order);
        });
        return bids.ConvertAll(bid => bid.Bid);
    }
}

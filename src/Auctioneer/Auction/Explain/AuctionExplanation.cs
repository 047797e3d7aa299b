using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Index;
using Scheduler.Auctioneer.Auction.Tables;
using Scheduler.Auctioneer.Auction.Terms;

namespace Scheduler.Auctioneer.Auction.Explain;

public static class AuctionExplanation
{
    /// <summary>
    /// Reports for each rule how many cells it excludes and how close the nearest one was, and for the remaining cells the parts of their
    /// scores. It looks at every cell, so it serves queries, not every decision.
    /// </summary>
    /// <param name="bids">How many of the best cells to list.</param>
    public static PlacementExplanation Explain(this AuctionEngine engine, in PlacementAsk ask, int bids = 5) =>
        new Explainer(engine, ask).Explain(bids);
}

/// <summary>Explainer that applies the rules to one ask in order, each to all remaining cells at once.</summary>
internal sealed class Explainer(AuctionEngine engine, PlacementAsk ask)
{
    private readonly List<RuleVerdict> _verdicts = [];

    public PlacementExplanation Explain(int bids)
    {
        var decision = engine.Decide(ask);
        var usable = Keep(engine.KnownSlots(), "takes work", slot => engine.RecordOf(slot).Usable, NearestMiss.Unusable);
        if (engine.Rules.StartingContainerCountMaximum > 0)
            _verdicts.Add(InflightVerdict(usable.Count));
        var wanted = ask.Constraints;
        var byRootFs = Keep(usable, "root filesystem", Passes(ConstraintStage.RootFs), slots => NearestMiss.RootFs(Records(slots), wanted));
        var byDrivers = Keep(
            byRootFs,
            "volume drivers",
            Passes(ConstraintStage.VolumeDrivers),
            slots => NearestMiss.VolumeDrivers(Records(slots), wanted)
        );
        var matching = Keep(
            byDrivers,
            "placement tags",
            Passes(ConstraintStage.PlacementTags),
            slots => NearestMiss.PlacementTags(Records(slots), wanted)
        );
        if (wanted.Constraint.Privileges.Count > 0)
            matching = Keep(
                matching,
                "privileges",
                Passes(ConstraintStage.Privileges),
                slots => NearestMiss.Privileges(Records(slots), wanted)
            );
        AddShortages(matching);
        var feasible = Bids(matching);
        return new PlacementExplanation
        {
            Decision = decision,
            Rules = _verdicts,
            Bids = feasible.GetRange(0, Math.Min(bids, feasible.Count)),
            Feasible = feasible.Count,
        };
    }

    private Predicate<int> Passes(ConstraintStage stage) =>
        slot => ConstraintMatch.Test(engine.RecordOf(slot).Kind, ask.Constraints) > stage;

    private IReadOnlyList<CellRecord> Records(List<int> slots) => slots.ConvertAll(engine.RecordOf);

    private List<int> Keep(List<int> cells, string rule, Predicate<int> passes, Func<List<int>, string> miss)
    {
        var kept = cells.FindAll(passes);
        var lost = cells.FindAll(slot => !passes(slot));
        _verdicts.Add(new RuleVerdict(rule, lost.Count, cells.Count, lost.Count == 0 ? null : miss(lost)));
        return kept;
    }

    private RuleVerdict InflightVerdict(int cells)
    {
        var reached = engine.StartingContainers >= engine.Rules.StartingContainerCountMaximum;
        return new RuleVerdict(
            "in-flight start limit",
            reached ? cells : 0,
            cells,
            reached
                ? $"{engine.StartingContainers} containers are starting, the limit is {engine.Rules.StartingContainerCountMaximum}"
                : null
        );
    }

    private void AddShortages(List<int> matching)
    {
        _verdicts.Add(ShortageOf("containers", "", matching, static (row, _) => (row.FreeContainers, 1, 0)));
        _verdicts.Add(ShortageOf("disk", " MB", matching, static (row, ask) => (row.FreeDiskMb, ask.DiskMb, 0)));
        _verdicts.Add(
            ShortageOf(
                "memory",
                " MB",
                matching,
                static (row, ask) => (row.FreeMemoryMb, ask.MemoryMb, ask.Kind == WorkKind.Lrp ? row.ProxyMemoryMb : 0)
            )
        );
    }

    private RuleVerdict ShortageOf(
        string what,
        string unit,
        List<int> cells,
        Func<CellRow, PlacementAsk, (int Free, int Wanted, int Proxy)> amounts
    )
    {
        var shortCells = 0;
        var nearest = -1;
        var least = long.MaxValue;
        foreach (var slot in cells)
        {
            var (free, wanted, proxy) = amounts(engine.RowOf(slot), ask);
            var missing = (long)wanted + proxy - free;
            if (missing <= 0)
                continue;
            shortCells++;
            if (missing >= least)
                continue;
            (nearest, least) = (slot, missing);
        }

        if (nearest < 0)
            return new RuleVerdict(what, 0, cells.Count, null);
        var of = amounts(engine.RowOf(nearest), ask);
        var needs = of.Proxy > 0 ? $"{of.Wanted}{unit} and {of.Proxy}{unit} for the proxy" : $"{of.Wanted}{unit}";
        var record = engine.RecordOf(nearest);
        return new RuleVerdict(
            what,
            shortCells,
            cells.Count,
            $"needs {needs}: the {(shortCells == cells.Count ? "freest matching cell" : "nearest that is short")}, {record.Id} in {record.Report.Zone}, has {of.Free}{unit}"
        );
    }

    /// <summary>Every cell that can take the ask, in the auction's order of preference.</summary>
    private List<CellBid> Bids(List<int> matching)
    {
        var isLrp = ask.Kind == WorkKind.Lrp;
        var bids = new List<(CellBid Bid, long Order)>();
        foreach (var slot in matching)
        {
            var record = engine.RecordOf(slot);
            if (!engine.TryScore(record.Id, ask, out var score))
                continue;
            ref readonly var row = ref engine.RowOf(slot);
            bids.Add(
                (
                    new CellBid(
                        record.Id,
                        record.Report.Zone,
                        isLrp ? engine.InstancesIn(record.Report.Zone, ask.Guid) : 0,
                        score,
                        CellScore.Resource(row, record.Group!.MemoryFor(ask), ask.DiskMb, 1),
                        CellScore.Starting(row, engine.Rules),
                        CellScore.Locality(isLrp ? engine.InstancesOn(record.Id, ask.Guid) : row.Tasks),
                        isLrp ? CellScore.Index(row, engine.Rules) : 0
                    ),
                    row.Order
                )
            );
        }

        bids.Sort(
            static (a, b) =>
            {
                var byZone = a.Bid.ZoneInstances.CompareTo(b.Bid.ZoneInstances);
                if (byZone != 0)
                    return byZone;
                var byScore = a.Bid.Score.CompareTo(b.Bid.Score);
                return byScore != 0 ? byScore : a.Order.CompareTo(b.Order);
            }
        );
        return bids.ConvertAll(bid => bid.Bid);
    }
}

using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Bench.Commands.AuctionSpeed;

namespace Scheduler.Bench.Micro.Auction;

/// <summary>A fleet in a steady state with the operations to measure; each leaves the state unchanged.</summary>
internal sealed class AuctionCase
{
    private const int Zones = 3;
    private const int PlanSize = 10;

    private readonly AuctionEngine _engine;
    private readonly PlacementAsk[] _asks;
    private readonly CellReport[] _reports;
    private readonly CellReport _scratch;
    private int _next;
    private long _revision;

    /// <param name="full">Whether the fleet is filled until little more fits.</param>
    /// <param name="constrained">Whether the work uses 50 constraint sets.</param>
    public AuctionCase(int cells, bool full, bool constrained)
    {
        // About 64 of the measured LRPs fill a cell of this size.
        var lrps = cells * (full ? 64 : 8);
        var fleet = new AuctionBenchFleet(
            new AuctionBenchOptions
            {
                Cells = cells,
                Lrps = lrps,
                Processes = Math.Max(1, lrps / 10),
                Zones = Zones,
                ConstraintSets = constrained ? 50 : 1,
            }
        );
        _engine = fleet.Engine;
        _asks = fleet.Asks;
        if (full)
            foreach (var ask in fleet.Asks)
                _engine.Place(ask);
        _reports = [.. _engine.Cells().Take(100).Select(Report)];
        _scratch = _reports[0];
    }

    /// <summary>A decision with its reservation, and the refusal that undoes it.</summary>
    public bool Place()
    {
        var result = _engine.Place(_asks[_next++ % _asks.Length]);
        if (result.Placed)
            _engine.Refuse(result.Reservation);
        return result.Placed;
    }

    public bool ApplyChange()
    {
        var error = _engine.Apply(
            new CellChange
            {
                Cell = _scratch.Cell,
                PreviousRevision = _revision,
                Revision = ++_revision,
                Available = _scratch.Available,
            }
        );
        return error is null ? true : throw error.ToException();
    }

    public bool ApplyReport()
    {
        var error = _engine.Apply(_reports[1 + _next++ % (_reports.Length - 1)]);
        return error is null ? true : throw error.ToException();
    }

    public int Explain() => _engine.Explain(_asks[_next++ % _asks.Length]).Feasible;

    public int Plan() => AuctionPlan.Run(_engine.Fork(), _asks.AsSpan(0, PlanSize).ToArray(), PlanSuppositions.None).Count;

    private static CellReport Report(CellView cell) =>
        new()
        {
            Cell = cell.Cell,
            Zone = cell.Zone,
            Index = int.Parse(cell.Cell.Value.AsSpan("cell-".Length)),
            Total = cell.Total,
            Available = cell.Total,
            RootFsProviders = [new("preloaded", ["cflinuxfs4"]), new("docker", null)],
            Processes = [.. Enumerable.Range(0, 50).Select(i => new ProcessCount($"{cell.Cell}-{i}", 1))],
        };
}

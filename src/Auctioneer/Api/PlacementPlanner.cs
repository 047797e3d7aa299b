using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Cells;
using Scheduler.Models;
using Wire = Scheduler.Contracts.V1;

namespace Scheduler.Auctioneer.Api;

/// <summary>Planner that answers a plan request on a copy of the fleet.</summary>
internal static class PlacementPlanner
{
    /// <summary>Each summary looks at every cell. A batch with more LRPs and tasks than this gets only its placements.</summary>
    public const int MaxSummaries = 50;

    /// <param name="fork">The copy of the fleet; it is modified.</param>
    /// <exception cref="DomainException">A supposition names an unknown cell.</exception>
    public static Wire.PlanPlacementResponse Plan(AuctionEngine fork, Wire.PlanPlacementRequest request)
    {
        var seen = new HashSet<(WorkKind, string, int)>();
        var batch = request
            .Lrps.SelectMany(WorkRequests.FromRequest)
            .Concat(request.Tasks.Select(WorkRequests.FromRequest))
            .Select(work => work.AskOf(fork))
            .Where(ask => AuctionOrder.IsFirst(ask, seen))
            .ToList();
        var placements = AuctionPlan.Run(fork, batch, Suppositions(request.Suppose));
        var byGuid = placements.ToLookup(placement => (placement.Ask.Kind, placement.Ask.Guid));
        var response = new Wire.PlanPlacementResponse { Cells = fork.CellCount, UsableCells = fork.UsableCellCount };
        response.Placements.AddRange(placements.Select(AuctionAnswers.ToWire));
        response.Summaries.AddRange(
            byGuid.OrderBy(of => of.Key.Kind).Take(MaxSummaries).Select(of => Summary(fork, of.Key.Kind, of.Key.Guid, [.. of]))
        );
        return response;
    }

    private static Wire.PlanSummary Summary(AuctionEngine fork, WorkKind kind, string guid, IReadOnlyList<PlannedPlacement> placements)
    {
        var next = placements[^1].Ask;
        return new Wire.PlanSummary
        {
            Guid = guid,
            IsTask = kind == WorkKind.OneOffTask,
            Placed = placements.Count(placement => placement.Result.Placed),
            NotPlaced = placements.Count(placement => !placement.Result.Placed),
            Headroom = fork.Headroom(next),
            Next = AuctionAnswers.ToWire(fork.Explain(next)),
        };
    }

    private static PlanSuppositions Suppositions(Wire.PlanSuppositions? suppose) =>
        suppose is null
            ? PlanSuppositions.None
            : new PlanSuppositions
            {
                WithoutCells = [.. suppose.WithoutCells.Distinct().Select(cell => new CellId(cell))],
                DrainedCells = [.. suppose.DrainedCells.Distinct().Select(cell => new CellId(cell))],
                AddedCells = suppose.AddedCells,
                LikeCell = new CellId(suppose.LikeCell),
            };
}

using Scheduler.Auctioneer.Api;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Cells;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;
using PlanSuppositions = Scheduler.Contracts.V1.PlanSuppositions;

namespace Scheduler.Tests.Unit.Auctioneer.Api;

public sealed class PlacementPlannerTests
{
    [Fact]
    public void A_plan_is_what_the_auction_then_decides()
    {
        for (var seed = 1; seed <= TestScale.Cases(40, nightly: 500); seed++)
        {
            var random = new SeededRandom((ulong)seed);
            var auction = new RandomAuction((ulong)seed);
            auction.Run();
            var request = new PlanPlacementRequest();
            for (var i = 0; i < 1 + random.Next(4); i++)
            {
                var next = auction.NextAsk();
                var demand = DemandOf(next);
                if (next.Kind == WorkKind.OneOffTask)
                    request.Tasks.Add(
                        new TaskStartRequest
                        {
                            TaskGuid = $"{next.Guid}-{i}",
                            Domain = "d",
                            Demand = demand,
                        }
                    );
                else
                    request.Lrps.Add(
                        new LRPStartRequest
                        {
                            ProcessGuid = $"{next.Guid}-{i}",
                            Domain = "d",
                            Demand = demand,
                            Indices = { Enumerable.Range(0, 1 + random.Next(8)) },
                        }
                    );
            }

            var plan = PlacementPlanner.Plan(auction.Engine.Fork(), request);

            var asks = request
                .Lrps.SelectMany(WorkRequests.FromRequest)
                .Concat(request.Tasks.Select(WorkRequests.FromRequest))
                .Select(work => work.AskOf(auction.Engine))
                .ToArray();
            var order = new int[asks.Length];
            AuctionOrder.Arrange(asks, order);
            var decided = order
                .Select(at => auction.Engine.Place(asks[at]))
                .Select(result => (result.Cell.Value ?? "", result.Score, result.Error ?? ""));
            Assert.Equal(decided, plan.Placements.Select(placement => (placement.CellId, placement.Score, placement.PlacementError)));
        }
    }

    [Fact]
    public void Headroom_is_how_many_more_are_placed_after_the_batch()
    {
        var engine = An.EngineWith(An.EmptyCell("a"), An.EmptyCell("b", "z2"), An.EmptyCell("c", "z3"));
        var plan = PlacementPlanner.Plan(engine.Fork(), Plan(indices: 2, memoryMb: 300));
        var all = PlacementPlanner.Plan(engine.Fork(), Plan(indices: 20, memoryMb: 300));

        Assert.Equal((2, 0, 7L), (plan.Summaries[0].Placed, plan.Summaries[0].NotPlaced, plan.Summaries[0].Headroom));
        Assert.Equal((9, 11, 0L), (all.Summaries[0].Placed, all.Summaries[0].NotPlaced, all.Summaries[0].Headroom));
        Assert.Equal("insufficient resources: memory", all.Summaries[0].Next.PlacementError);
    }

    [Fact]
    public void Supposes_cells_that_are_gone_drained_or_more()
    {
        var engine = An.EngineWith(An.EmptyCell("a"), An.EmptyCell("b", "z2"), An.EmptyCell("c", "z3"));
        var request = Plan(indices: 1, memoryMb: 300);
        request.Suppose = new PlanSuppositions
        {
            WithoutCells = { "a" },
            DrainedCells = { "b" },
            AddedCells = 2,
            LikeCell = "b",
        };

        var plan = PlacementPlanner.Plan(engine, request);

        Assert.Equal((4, 3), (plan.Cells, plan.UsableCells));
        Assert.Equal(8, plan.Summaries[0].Headroom);
        Assert.Equal("c", plan.Placements[0].CellId);
    }

    [Fact]
    public void Names_the_cell_that_is_not_there()
    {
        var request = Plan(indices: 1, memoryMb: 1);
        request.Suppose = new PlanSuppositions { DrainedCells = { "x" } };

        var refused = Assert.Throws<DomainException>(() => PlacementPlanner.Plan(An.EngineWith(An.EmptyCell("a")), request));

        Assert.Equal(ErrorKind.ResourceNotFound, refused.Error.Kind);
        Assert.Contains("cell x", refused.Message);
    }

    [Fact]
    public void Requests_are_held_to_their_bounds()
    {
        var request = Plan(indices: 5, memoryMb: -1);
        request.Suppose = new PlanSuppositions { AddedCells = PlanRules.MaxAddedCells + 1 };

        Assert.Equal(
            ["requests.demand.memory_mb", "lrps", "suppose.added_cells", "suppose.like_cell"],
            PlanRules.Broken(request, maxWork: 4).Select(violation => violation.Field)
        );
        Assert.Equal(["lrps"], PlanRules.Broken(new PlanPlacementRequest(), maxWork: 4).Select(violation => violation.Field));
    }

    private static PlanPlacementRequest Plan(int indices, int memoryMb) =>
        new()
        {
            Lrps =
            {
                new LRPStartRequest
                {
                    ProcessGuid = "web",
                    Domain = "d",
                    Demand = new WorkDemand
                    {
                        RootFs = An.RootFs,
                        MemoryMb = memoryMb,
                        DiskMb = 1,
                    },
                    Indices = { Enumerable.Range(0, indices) },
                },
            },
        };

    private static WorkDemand DemandOf(PlacementAsk ask) =>
        new()
        {
            RootFs = ask.Constraints.Constraint.RootFs,
            MemoryMb = ask.MemoryMb,
            DiskMb = ask.DiskMb,
            PlacementTags = { ask.Constraints.Constraint.PlacementTags },
            VolumeDrivers = { ask.Constraints.Constraint.VolumeDrivers },
        };
}

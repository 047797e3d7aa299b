using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Explain;

public sealed class AuctionPlanTests
{
    [Fact]
    public void Says_what_the_auction_then_decides_and_changes_nothing()
    {
        for (var seed = 1; seed <= TestScale.Cases(60, nightly: 600); seed++)
        {
            var auction = new RandomAuction((ulong)seed);
            auction.Run();
            var before = auction.Engine.Cells();
            var batch = Enumerable.Range(0, 30).Select(_ => auction.NextAsk()).ToArray();

            var plan = AuctionPlan.Run(auction.Engine.Fork(), batch, PlanSuppositions.None);

            Assert.Equal(before, auction.Engine.Cells());
            foreach (var planned in plan)
            {
                var decided = auction.Engine.Place(planned.Ask);
                Assert.Equal(
                    (planned.Result.Cell, planned.Result.Score, planned.Result.Error),
                    (decided.Cell, decided.Score, decided.Error)
                );
            }
        }
    }

    [Fact]
    public void Counts_as_headroom_what_would_be_placed_one_after_the_other()
    {
        for (var seed = 1; seed <= TestScale.Cases(40, nightly: 400); seed++)
        {
            var auction = new RandomAuction((ulong)seed);
            auction.Run();
            var ask = auction.NextAsk();
            var headroom = auction.Engine.Headroom(ask);

            var fork = auction.Engine.Fork();
            var placed = 0;
            while (fork.Place(ask).Placed)
                placed++;

            Assert.Equal(headroom, placed);
        }
    }

    [Fact]
    public void Supposes_cells_gone_drained_and_added()
    {
        var engine = An.EngineWith(
            An.EmptyCell("a", memoryMb: 500),
            An.EmptyCell("b", memoryMb: 500),
            An.EmptyCell("c", memoryMb: 500) with
            {
                Available = new Resources(0, 10_000, 10),
            }
        );
        var ask = engine.Lrp("web", 500);

        Assert.Equal(2, Placed(PlanSuppositions.None));
        Assert.Equal(1, Placed(new PlanSuppositions { WithoutCells = [new CellId("a")] }));
        Assert.Equal(0, Placed(new PlanSuppositions { WithoutCells = [new CellId("a")], DrainedCells = [new CellId("b")] }));
        Assert.Equal(5, Placed(new PlanSuppositions { AddedCells = 3, LikeCell = new CellId("c") }));
        Assert.Equal(
            ErrorKind.ResourceNotFound,
            Assert.Throws<DomainException>(() => Placed(new PlanSuppositions { DrainedCells = [new CellId("x")] })).Kind
        );

        int Placed(PlanSuppositions suppositions) =>
            AuctionPlan.Run(engine.Fork(), [.. Enumerable.Repeat(ask, 10)], suppositions).Count(planned => planned.Result.Placed);
    }
}

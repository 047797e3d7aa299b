using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Engine;

public sealed class PlacementRulesTests
{
    [Fact]
    public void Places_on_the_emptiest_cell()
    {
        var engine = An.EngineWith(An.EmptyCell("full") with { Available = new Resources(500, 10_000, 10) }, An.EmptyCell("empty"));

        Assert.Equal("empty", engine.Place(engine.Lrp("web")).Cell.Value);
    }

    [Fact]
    public void Gives_a_tie_to_the_cell_that_reported_first()
    {
        var engine = An.EngineWith(An.EmptyCell("b"), An.EmptyCell("a", "z2"), An.EmptyCell("c"));

        Assert.Equal("b", engine.Decide(engine.Lrp("web")).Cell.Value);
        Assert.Equal(["b", "a", "c"], engine.BestCells(engine.Lrp("web")).Select(cell => cell.Value));
    }

    [Fact]
    public void Prefers_the_zone_with_fewer_instances_whatever_the_score()
    {
        var engine = An.EngineWith(
            An.EmptyCell("roomy") with
            {
                Processes = [new ProcessCount("other", 1)],
            },
            An.EmptyCell("running", "z1") with
            {
                Processes = [new ProcessCount("web", 1)],
            },
            An.EmptyCell("tight", "z2") with
            {
                Available = new Resources(150, 10_000, 10),
                StartingContainerCount = 5,
            }
        );

        Assert.Equal("tight", engine.Place(engine.Lrp("web")).Cell.Value);
    }

    [Fact]
    public void Uses_a_fuller_zone_when_the_emptier_has_no_room()
    {
        var engine = An.EngineWith(
            An.EmptyCell("running") with
            {
                Processes = [new ProcessCount("web", 3)],
            },
            An.EmptyCell("full", "z2") with
            {
                Available = new Resources(50, 10_000, 10),
            }
        );

        Assert.Equal("running", engine.Place(engine.Lrp("web")).Cell.Value);
    }

    [Fact]
    public void Leaves_out_an_evacuating_and_an_unhealthy_cell()
    {
        var engine = An.EngineWith(An.EmptyCell("leaving") with { Evacuating = true }, An.EmptyCell("sick") with { Healthy = false });

        Assert.Equal(PlacementErrors.CellCommunication, engine.Place(engine.Lrp("web")).Error);
    }

    [Fact]
    public void Names_only_the_shortages_that_every_cell_has()
    {
        var engine = An.EngineWith(
            An.EmptyCell("no-disk") with
            {
                Available = new Resources(10, 10, 10),
            },
            An.EmptyCell("no-slot") with
            {
                Available = new Resources(20, 10_000, 0),
            }
        );

        Assert.Equal("insufficient resources: memory", engine.Place(engine.Lrp("web")).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Answers_an_ask_of_nothing_and_of_everything(int mb)
    {
        var engine = An.EngineWith(An.EmptyCell("a") with { ProxyMemoryMb = 32 });

        var result = engine.Place(engine.Lrp("web", mb, mb));

        Assert.Equal(mb == 0 ? null : "insufficient resources: disk, memory", result.Error);
    }

    [Fact]
    public void Stops_at_the_inflight_limit()
    {
        var engine = An.EngineWith(
            new AuctionRules { StartingContainerCountMaximum = 2 },
            An.EmptyCell("a") with
            {
                StartingContainerCount = 1,
            }
        );

        Assert.True(engine.Place(engine.Lrp("web")).Placed);
        Assert.Equal(PlacementErrors.ExceededInflightCreation, engine.Place(engine.Lrp("web")).Error);
    }

    [Fact]
    public void Keeps_no_more_constraint_sets_than_its_bound_and_still_decides_by_each()
    {
        var engine = An.EngineWith(
            An.EmptyCell("a", memoryMb: int.MaxValue) with
            {
                Total = new Resources(int.MaxValue, int.MaxValue, int.MaxValue),
                Available = new Resources(int.MaxValue, int.MaxValue, int.MaxValue),
                OptionalPlacementTags = [.. Enumerable.Range(0, 5_000).Select(i => $"tag-{i}")],
            }
        );
        var asks = Enumerable
            .Range(0, 10_000)
            .Select(i => engine.Lrp("web", constraint: new PlacementConstraint(An.RootFs, [], [$"tag-{i}"])))
            .ToArray();

        var placed = asks.Count(ask => engine.Decide(ask).Placed);

        Assert.Equal(5_000, placed);
        Assert.InRange(engine.ConstraintSetCount, 1, AuctionEngine.MaxConstraintSets);
    }

    [Fact]
    public void Allocates_nothing_for_a_decision()
    {
        var engine = An.EngineWith(An.EmptyCell("a", memoryMb: 1_000_000), An.EmptyCell("b", "z2", memoryMb: 1_000_000));
        var ask = engine.Lrp("web");
        void PlaceAndRefuse() => engine.Refuse(engine.Place(ask).Reservation);
        for (var i = 0; i < 100; i++)
            PlaceAndRefuse();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
            PlaceAndRefuse();

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

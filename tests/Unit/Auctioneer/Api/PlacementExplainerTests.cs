using Scheduler.Auctioneer.Api;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Api;

public sealed class PlacementExplainerTests
{
    private static readonly WorkItem Web = new(WorkKind.Lrp, "web", 0, "d", new Resources(100, 1_000, 1), 0, An.AnyLinux);

    [Fact]
    public void Work_that_runs_does_not_stand_in_its_own_way()
    {
        var engine = An.EngineWith(
            An.EmptyCell("a") with
            {
                Available = new Resources(900, 9_000, 9),
                StartingContainerCount = 1,
                Processes = [new ProcessCount("web", 1)],
            },
            An.EmptyCell("b")
        );

        var answer = PlacementExplainer.Explain(new AuctionLook(engine.Fork(), null), new WantedWork(Web, "a", IsStarting: true), "web/0");

        Assert.Equal("a", answer.Now.CellId);
        Assert.Equal([("a", 0.1), ("b", 0.1)], answer.Now.Bids.Select(bid => (bid.CellId, Math.Round(bid.Score, 9))));
        Assert.Equal(1, engine.InstancesOn(new CellId("a"), "web"));
    }

    [Fact]
    public void A_decision_that_is_remembered_is_told_also_when_the_work_is_gone()
    {
        var engine = An.EngineWith(An.EmptyCell("a"));
        var at = DateTimeOffset.UnixEpoch.AddSeconds(1);
        var decision = new RememberedDecision(
            Web with
            {
                Reauctions = 2,
                LastRefusal = "no",
            },
            new PlacementResult { Error = "why" },
            at,
            null
        );

        var answer = PlacementExplainer.Explain(new AuctionLook(engine, decision), null, "web/0");

        Assert.Equal(
            (1_000_000_000L, "", "why", 2, "no"),
            (answer.Last.DecidedAt, answer.Last.CellId, answer.Last.PlacementError, answer.Last.Reauctions, answer.Last.LastRefusal)
        );
        Assert.Equal(("", "a"), (answer.CellId, answer.Now.CellId));
    }

    [Fact]
    public void Unknown_work_is_not_found()
    {
        var refused = Assert.Throws<DomainException>(() =>
            PlacementExplainer.Explain(new AuctionLook(An.EngineWith(), null), null, "web/7")
        );
        Assert.Equal(ErrorKind.ResourceNotFound, refused.Error.Kind);
    }
}

using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Explain;

public sealed class ExplanationTests
{
    [Fact]
    public void Names_the_freest_matching_cell_when_memory_is_short()
    {
        var engine = An.EngineWith(
            An.EmptyCell("cell-3") with
            {
                Available = new Resources(100, 10_000, 10),
            },
            An.EmptyCell("cell-17", "z2") with
            {
                Available = new Resources(384, 10_000, 10),
            }
        );

        var explanation = engine.Explain(engine.Lrp("web", 512));

        Assert.Equal("insufficient resources: memory", explanation.Decision.Error);
        Assert.Equal(0, explanation.Feasible);
        Assert.Equal(
            new RuleVerdict("memory", 2, 2, "needs 512 MB: the freest matching cell, cell-17 in z2, has 384 MB"),
            explanation.Rules.Single(rule => rule.Rule == "memory")
        );
    }

    [Fact]
    public void Counts_what_each_constraint_turns_away_and_names_the_nearest_cell()
    {
        var engine = An.EngineWith(
            An.EmptyCell("windows") with
            {
                RootFsProviders = [new RootFsProvider("preloaded", ["windows"])],
            },
            An.EmptyCell("plain"),
            An.EmptyCell("tagged") with
            {
                VolumeDrivers = ["nfs"],
                PlacementTags = ["iso"],
            },
            An.EmptyCell("leaving") with
            {
                Evacuating = true,
            }
        );

        var explanation = engine.Explain(engine.Lrp("web", constraint: new PlacementConstraint(An.RootFs, ["nfs"], ["gpu"])));

        Assert.Equal("found no compatible cell with placement tag \"gpu\"", explanation.Decision.Error);
        Assert.Equal(
            [
                new RuleVerdict("takes work", 1, 4, "1 cell is evacuating or unhealthy"),
                new RuleVerdict("root filesystem", 1, 3, "needs preloaded:linux: these cells offer preloaded:windows"),
                new RuleVerdict("volume drivers", 1, 2, "the nearest cell, plain in z1, has no volume driver \"nfs\""),
                new RuleVerdict(
                    "placement tags",
                    1,
                    1,
                    "the nearest cell, tagged in z1, does not have \"gpu\" and only takes work that asks for \"iso\""
                ),
                new RuleVerdict("containers", 0, 0, null),
                new RuleVerdict("disk", 0, 0, null),
                new RuleVerdict("memory", 0, 0, null),
            ],
            explanation.Rules
        );
    }

    [Fact]
    public void Takes_the_winners_score_apart_and_lists_the_next_best()
    {
        var engine = An.EngineWith(
            An.EmptyCell("running") with
            {
                Processes = [new ProcessCount("web", 2)],
                StartingContainerCount = 1,
            },
            An.EmptyCell("full") with
            {
                Available = new Resources(500, 5_000, 5),
            },
            An.EmptyCell("best")
        );

        var explanation = engine.Explain(engine.Lrp("web", 100, 1_000), bids: 3);

        Assert.Equal(["best", "full", "running"], explanation.Bids.Select(bid => bid.Cell.Value));
        Assert.Equal(explanation.Decision.Cell, explanation.Bids[0].Cell);
        Assert.All(explanation.Bids, bid => Assert.Equal(bid.Score, bid.Resource + bid.Starting + bid.Locality + bid.Index));
        Assert.Equal((0.25, 2000.0), (explanation.Bids[2].Starting, explanation.Bids[2].Locality));
    }

    [Fact]
    public void Lists_first_what_the_auction_decides()
    {
        for (var seed = 1; seed <= TestScale.Cases(40, nightly: 500); seed++)
        {
            var auction = new RandomAuction((ulong)seed);
            auction.Run();
            for (var i = 0; i < 5; i++)
            {
                var explanation = auction.Engine.Explain(auction.NextAsk());
                if (explanation.Decision.Placed)
                    Assert.Equal(
                        (explanation.Decision.Cell, explanation.Decision.Score),
                        (explanation.Bids[0].Cell, explanation.Bids[0].Score)
                    );
                else if (explanation.Decision.Error != PlacementErrors.ExceededInflightCreation)
                    Assert.Empty(explanation.Bids);
            }
        }
    }
}

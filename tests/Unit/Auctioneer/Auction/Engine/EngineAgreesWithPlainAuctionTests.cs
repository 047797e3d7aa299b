using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Engine;

public sealed class EngineAgreesWithPlainAuctionTests
{
    [Fact]
    public void Decides_as_the_plain_rules_do_in_random_auctions()
    {
        var count = TestScale.Cases(250, nightly: 10_000, "SCHEDULER_AUCTIONS");
        var decisions = 0;
        for (var seed = 1; seed <= count; seed++)
        {
            var auction = new RandomAuction((ulong)seed);
            auction.Run();
            decisions += auction.Decisions;
        }

        Assert.True(decisions > count * 10, $"{decisions} decisions in {count} auctions are too few to mean anything");
    }

    /// <summary>A few processes fill a large zone many times over, so that every cell runs several instances of each.</summary>
    [Fact]
    public void Decides_as_the_plain_rules_do_when_every_cell_runs_the_process()
    {
        for (var seed = 1; seed <= TestScale.Cases(1, nightly: 10); seed++)
            new CrowdedAuction((ulong)seed, cells: 150, placements: 700).Run();
    }

    [Fact]
    public void Decides_as_the_plain_rules_do_when_scores_differ_in_the_last_bit()
    {
        for (var seed = 1; seed <= TestScale.Cases(40, nightly: 1_000); seed++)
            new TiedAuction((ulong)seed).Run(placements: 15);
    }
}

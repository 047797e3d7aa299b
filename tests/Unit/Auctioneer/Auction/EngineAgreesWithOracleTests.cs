using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction;

public sealed class EngineAgreesWithOracleTests
{
    /// <summary>How many random auctions to hold; <c>SCHEDULER_AUCTIONS=100000</c> is the long run.</summary>
    private const string CountVariable = "SCHEDULER_AUCTIONS";

    private const int DefaultCount = 2_000;

    [Fact]
    public void Decides_as_the_plain_rules_do_in_random_auctions()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable(CountVariable), out var asked) ? asked : DefaultCount;
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
        for (var seed = 1UL; seed <= 2; seed++) new CrowdedAuction(seed, cells: 150, placements: 700).Run();
    }

    [Fact]
    public void Decides_as_the_plain_rules_do_when_scores_differ_in_the_last_bit()
    {
        for (var seed = 1UL; seed <= 150; seed++) new TiedAuction(seed).Run(placements: 15);
    }
}

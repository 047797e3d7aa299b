using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

public sealed class NeverOverbookedTests
{
    /// <summary>
    /// Odd seeds deliver everything, in any order; even seeds also lose, repeat and delay messages, and let cells vanish.
    /// </summary>
    [Fact]
    public void Whatever_the_order_of_reports_refusals_confirmations_and_lapses()
    {
        for (var seed = 1; seed <= TestScale.Cases(60, nightly: 1_000); seed++)
        {
            try
            {
                var world = new BiddingWorld((ulong)seed);
                for (var i = 0; i < 250; i++)
                    world.Step();
                world.Settle();
                world.CheckSettled();
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"with seed {seed}: {failure.Message}", failure);
            }
        }
    }
}

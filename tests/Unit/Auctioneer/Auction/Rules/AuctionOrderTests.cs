using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Auction.Rules;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Models;
using Scheduler.Tests.TestKit.Auction;

namespace Scheduler.Tests.Unit.Auctioneer.Auction.Rules;

public sealed class AuctionOrderTests
{
    private readonly AuctionEngine _engine = new(AuctionRules.Default);

    [Fact]
    public void Puts_first_instances_before_tasks_before_further_instances_and_large_before_small() =>
        Assert.Equal(
            ["large.0", "small.0", "big-task", "task", "large.1", "small.1", "small.2"],
            Ordered(
                Lrp("small", 2, 10),
                Task("task", 10),
                Lrp("small", 0, 10),
                Lrp("large", 1, 20),
                Lrp("small", 1, 10),
                Task("big-task", 20),
                Lrp("large", 0, 20)
            )
        );

    [Fact]
    public void Puts_all_LRPs_after_tasks_when_none_is_a_further_instance() =>
        Assert.Equal(["task", "large.0", "small.0"], Ordered(Lrp("small", 0, 10), Lrp("large", 0, 20), Task("task", 1)));

    [Fact]
    public void Keeps_equal_work_in_order_of_arrival() =>
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"task-{i}"),
            Ordered([.. Enumerable.Range(0, 500).Select(i => Task($"task-{i}", 10))])
        );

    [Fact]
    public void Takes_work_up_once()
    {
        var seen = new HashSet<(WorkKind, string, int)>();

        Assert.True(AuctionOrder.IsFirst(Lrp("web", 0, 10), seen));
        Assert.True(AuctionOrder.IsFirst(Lrp("web", 1, 10), seen));
        Assert.True(AuctionOrder.IsFirst(Task("web", 10), seen));
        Assert.False(AuctionOrder.IsFirst(Lrp("web", 0, 99), seen));
    }

    [Fact]
    public void Arranges_random_batches_as_the_plain_rules_do()
    {
        var random = new SeededRandom(1);
        for (var batches = 0; batches < 500; batches++)
        {
            var highestIndex = random.Next(0, 3);
            var batch = Enumerable
                .Range(0, random.Next(0, 12))
                .Select(_ =>
                    random.Percent(40)
                        ? Task($"task-{random.Next(5)}", 10 * random.Next(1, 3))
                        : Lrp($"process-{random.Next(3)}", random.Next(0, highestIndex), 10 * random.Next(1, 3))
                )
                .ToList();
            var seen = new HashSet<(WorkKind, string, int)>();

            Assert.Equal(
                PlainAuction.InOrder(batch).Select(ask => ask.AuctionId),
                Ordered([.. batch.Where(ask => AuctionOrder.IsFirst(ask, seen))])
            );
        }
    }

    private PlacementAsk Lrp(string process, int index, int memoryMb) => _engine.Lrp(process, index, memoryMb, 1, An.AnyLinux);

    private PlacementAsk Task(string guid, int memoryMb) => _engine.OneOffTask(guid, memoryMb, 1, An.AnyLinux);

    private static string[] Ordered(params PlacementAsk[] batch)
    {
        var order = new int[batch.Length];
        AuctionOrder.Arrange(batch, order);
        return Array.ConvertAll(order, i => batch[i].AuctionId);
    }
}

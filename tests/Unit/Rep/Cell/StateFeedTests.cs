using Scheduler.Models;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Cell;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class StateFeedTests
{
    private readonly CellLedger _ledger = new(
        new CellProfile
        {
            CellId = new CellId("c"),
            Total = new Resources(10_000, 10_000, 1000),
            PreloadedRootFs = ["linux"],
        }
    );
    private int _tasks;

    [Fact]
    public void A_new_reader_gets_everything_and_then_the_changes_in_order()
    {
        var feed = new StateFeed(_ledger, 10);
        Change(feed);
        var full = feed.Read(0).Full!;
        Assert.Equal((2UL, 1), (full.Revision, full.Allocations.Count));

        var waiting = feed.Read(2);
        Assert.Null(waiting.Full);
        Assert.Empty(waiting.Changes);
        Assert.False(waiting.Next.IsCompleted);
        Change(feed);
        Change(feed);
        Assert.True(waiting.Next.IsCompleted);
        Assert.Equal([3UL, 4UL], feed.Read(2).Changes.Select(change => change.Revision));
        Assert.Equal([4UL], feed.Read(3).Changes.Select(change => change.Revision));
    }

    [Fact]
    public void A_reader_that_is_too_far_behind_gets_everything_again()
    {
        var feed = new StateFeed(_ledger, 3);
        for (var i = 0; i < 5; i++)
            Change(feed);

        Assert.Equal(6UL, feed.Read(2).Full!.Revision);
        Assert.Equal([4UL, 5UL, 6UL], feed.Read(3).Changes.Select(change => change.Revision));
        Assert.NotNull(feed.Read(99).Full);
    }

    [Fact]
    public void Changes_applied_to_the_whole_give_the_whole() =>
        VirtualWorld.Run(async world =>
        {
            await using var cell = await CellBench.StartAsync(world);
            var state = (await cell.Cell.ReadStateAsync(0, default)).Full!;
            var mirror = state.Allocations.ToDictionary(allocation => allocation.ContainerGuid);
            var revision = state.Revision;

            await cell.PlaceAsync(CellBench.Lrp("exit:1@5"));
            await cell.PlaceTaskAsync("t", Scheduler.Tests.TestKit.Rep.Actions.Run("forever"));
            await world.AdvanceAsync(6);
            foreach (var change in (await cell.Cell.ReadStateAsync(revision, default)).Changes)
            {
                Assert.Equal(revision + 1, change.Revision);
                revision = change.Revision;
                foreach (var guid in change.Removed)
                    mirror.Remove(guid);
                foreach (var allocation in change.Upserted)
                    mirror[allocation.ContainerGuid] = allocation;
            }

            var now = (await cell.Cell.ReadStateAsync(0, default)).Full!;
            Assert.Equal(revision, now.Revision);
            Assert.Equal(now.Allocations, mirror.Values);
        });

    private void Change(StateFeed feed)
    {
        _ledger.Offer([], [new TaskOffer($"t{_tasks++}", "d", new Demand("preloaded:linux", 1, 1))], () => "");
        feed.Add(_ledger.Commit()!);
    }
}

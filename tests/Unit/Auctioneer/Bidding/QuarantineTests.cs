using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

public sealed class QuarantineTests
{
    private static readonly CellId Cell = new("a");
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    private readonly Quarantine _quarantine = new(Least, Most);

    [Fact]
    public void Lasts_twice_as_long_each_time_up_to_the_most()
    {
        var (now, lasted) = (0L, new List<double>());
        for (var i = 0; i < 5; i++)
        {
            Assert.True(_quarantine.Fails(Cell, heldUp: true, now));
            var time = _quarantine.Begin(Cell, now);
            Assert.True(_quarantine.Holds(Cell));
            lasted.Add(time.TotalSeconds);
            now += time.Ticks;
            Assert.Equal([Cell], _quarantine.Release(now));
        }

        Assert.Equal([5, 10, 20, 30, 30], lasted);
    }

    [Fact]
    public void Does_not_begin_twice()
    {
        Assert.True(_quarantine.Fails(Cell, heldUp: true, 0));
        _quarantine.Begin(Cell, 0);

        Assert.False(_quarantine.Fails(Cell, heldUp: true, 1));
        Assert.Equal(1, _quarantine.Count);
    }

    [Fact]
    public void A_failure_of_long_ago_is_forgiven()
    {
        Assert.False(_quarantine.Fails(Cell, heldUp: false, 0));

        Assert.False(_quarantine.Fails(Cell, heldUp: false, (2 * Most.Ticks) + 1));
        Assert.True(_quarantine.Fails(Cell, heldUp: false, 4 * Most.Ticks));
    }

    [Fact]
    public void Forgetting_ends_it_and_what_it_counted()
    {
        _quarantine.Fails(Cell, heldUp: true, 0);
        _quarantine.Begin(Cell, 0);

        _quarantine.Forget(Cell);

        Assert.Equal(0, _quarantine.Count);
        Assert.Empty(_quarantine.Release(long.MaxValue));
        Assert.False(_quarantine.Fails(Cell, heldUp: false, 1));
    }
}

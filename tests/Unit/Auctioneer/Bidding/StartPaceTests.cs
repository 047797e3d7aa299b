using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Auctioneer.Bidding;

public sealed class StartPaceTests
{
    private const long Second = TimeSpan.TicksPerSecond;
    private static readonly StartLimit TenASecond = StartLimit.Of(10, burst: 3)!.Value;

    [Fact]
    public void Gives_a_burst_and_then_so_many_a_second()
    {
        var pace = new StartPace();
        Assert.Equal(3, pace.Available(TenASecond, 0));
        pace.Take(TenASecond, 0, 3);

        Assert.Equal(0, pace.Available(TenASecond, (Second / 10) - 1));
        Assert.Equal(1, pace.Available(TenASecond, Second / 10));
        Assert.Equal(2, pace.Available(TenASecond, Second / 5));
        Assert.Equal(3, pace.Available(TenASecond, 100 * Second));
    }

    [Fact]
    public void Says_when_more_will_be_available()
    {
        var pace = new StartPace();
        pace.Take(TenASecond, Second, 3);

        Assert.Equal(Second + (Second / 10), pace.ReadyAt(TenASecond, 1));
        Assert.Equal(Second + (3 * Second / 10), pace.ReadyAt(TenASecond, 3));
        Assert.False(pace.IsFull(pace.ReadyAt(TenASecond, 3) - 1));
        Assert.True(pace.IsFull(pace.ReadyAt(TenASecond, 3)));
    }

    [Fact]
    public void A_rate_of_0_is_no_limit() => Assert.Null(StartLimit.Of(0, 50));

    [Theory]
    [InlineData(1, 20, 50)]
    [InlineData(2, 0.3, 1)]
    [InlineData(3, 977, 7)]
    public void Never_gives_more_than_the_burst_and_the_rate_in_any_span(ulong seed, double perSecond, int burst)
    {
        var random = new SeededRandom(seed);
        var limit = StartLimit.Of(perSecond, burst)!.Value;
        var pace = new StartPace();
        var given = new List<(long At, int Count)>();
        var now = 0L;
        for (var step = 0; step < 600; step++)
        {
            now += (long)(random.NextDouble() * 3 * limit.Interval);
            var available = pace.Available(limit, now);
            Assert.InRange(available, 0, burst);
            if (available == 0)
            {
                Assert.InRange(pace.ReadyAt(limit, 1), now + 1, now + limit.Interval);
                continue;
            }

            var count = 1 + random.Next(available);
            pace.Take(limit, now, count);
            given.Add((now, count));
            var sum = 0;
            for (var i = given.Count - 1; i >= 0; i--)
            {
                sum += given[i].Count;
                Assert.True(sum <= burst + (perSecond * (now - given[i].At) / Second), $"{sum} within {now - given[i].At} ticks");
            }
        }
    }
}

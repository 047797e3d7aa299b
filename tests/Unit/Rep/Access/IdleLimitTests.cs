using Microsoft.Extensions.Time.Testing;
using Scheduler.Rep.Access;

namespace Scheduler.Tests.Unit.Rep.Access;

public sealed class IdleLimitTests
{
    [Fact]
    public void It_fires_only_when_nothing_passes_for_the_whole_time()
    {
        var time = new FakeTimeProvider();
        using var idle = new IdleLimit(TimeSpan.FromMinutes(10), time);
        for (var i = 0; i < 5; i++)
        {
            time.Advance(TimeSpan.FromMinutes(9));
            idle.Touch();
        }

        time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(idle.Expired.IsCancellationRequested);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(idle.Expired.IsCancellationRequested);
    }
}

using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Converger.Rules.Terms;

public sealed class RetrySpreadTests
{
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(8);

    [Fact]
    public void What_is_due_together_falls_evenly_over_the_spread_instances_and_processes_alike()
    {
        var ofOne = Enumerable.Range(0, 1_000).Select(index => RetrySpread.Of(Spread, "web", index)).ToList();
        var ofMany = Enumerable.Range(0, 1_000).Select(i => RetrySpread.Of(Spread, $"process-{i}", 0)).ToList();

        foreach (var places in (IEnumerable<List<TimeSpan>>)[ofOne, ofMany])
        {
            Assert.All(places, place => Assert.InRange(place, TimeSpan.Zero, Spread - TimeSpan.FromTicks(1)));
            Assert.All(places.GroupBy(place => (int)place.TotalSeconds), second => Assert.InRange(second.Count(), 85, 165));
        }
    }

    [Fact]
    public void An_instance_keeps_its_place_in_every_process_and_run() =>
        // Constants, not computed: another hash would move every retry, and a new converger would disagree with the old one.
        Assert.Equal([43_612_805, 13_055_524], ((int[])[0, 1]).Select(index => RetrySpread.Of(Spread, "web", index).Ticks));

    [Fact]
    public void Rules_wait_that_much_longer_and_not_for_what_restarts_at_once()
    {
        var timings = ConvergenceTimings.Default with { RetrySpread = Spread };
        var web1 = new Cluster { Timings = timings }
            .Desire(View.Desired("web", 2))
            .With(View.Unclaimed("web", 1), View.Running("web", 0, "a"))
            .Cell("a")
            .After(TimeSpan.FromSeconds(30) + RetrySpread.Of(Spread, "web", 1) - TimeSpan.FromTicks(1));
        web1.DecidesNothing();
        web1.After(TimeSpan.FromTicks(1)).DecidesOnly<ConvergenceCommand.Reauction>();

        var backingOff = new Cluster { Timings = timings }
            .Desire(View.Desired("web", 1))
            .With(View.Crashed("web", 0, 4))
            .After(TimeSpan.FromSeconds(60) + RetrySpread.Of(Spread, "web", 0) - TimeSpan.FromTicks(1));
        backingOff.DecidesNothing();
        backingOff.After(TimeSpan.FromTicks(1)).DecidesOnly<ConvergenceCommand.Unclaim>();

        new Cluster { Timings = timings }
            .Desire(View.Desired("web", 1))
            .With(View.Crashed("web", 0, 1))
            .DecidesOnly<ConvergenceCommand.Unclaim>();

        var task = new Cluster { Timings = timings }
            .With(View.Task("job", OneOffTaskState.Pending))
            .After(TimeSpan.FromSeconds(30) + RetrySpread.Of(Spread, "job", 0) - TimeSpan.FromTicks(1));
        task.DecidesNothing();
        task.After(TimeSpan.FromTicks(1)).DecidesOnly<ConvergenceCommand.ReauctionTask>();
    }
}

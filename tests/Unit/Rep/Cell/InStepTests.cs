using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Cell;

public sealed class InStepTests
{
    [Fact]
    public void Cells_that_began_together_drift_apart_and_none_is_later_than_its_intervals_say() =>
        VirtualWorld.Run(async world =>
        {
            var calls = new List<(int Cell, string Line, DateTimeOffset At)>();
            await using var first = await StartAsync(1);
            await using var second = await StartAsync(2);
            await world.AdvanceAsync(600);

            foreach (
                var (line, interval) in new[] { ("announce", first.Options.PresenceRenewal), ("list-lrps", first.Options.SyncInterval) }
            )
            {
                var times = calls
                    .Where(call => call.Line.StartsWith(line, StringComparison.Ordinal))
                    .ToLookup(call => call.Cell, call => call.At);
                Assert.All(
                    times,
                    cell => Assert.All(cell.Zip(cell.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, interval * 0.8, interval))
                );
                Assert.InRange(times[1].Count(), 600 / interval.TotalSeconds, 1 + (750 / interval.TotalSeconds));
                // Only the first sync of all cells happens at the same time.
                Assert.Single(times[1].Intersect(times[2]));
            }

            Task<CellBench> StartAsync(int number) =>
                CellBench.StartAsync(
                    world,
                    bench =>
                    {
                        bench.Seed = number;
                        bench.Bbs.Fault = line =>
                        {
                            calls.Add((number, line, world.Now));
                            return null;
                        };
                    }
                );
        });
}

using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Scheduler.Contracts.V1;
using Scheduler.Converger;
using Scheduler.Converger.Loop;
using Scheduler.Models;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Converger.Loop;

/// <summary>Whatever is wrong in or after a snapshot, the loop continues and converges everything that is valid.</summary>
public sealed class ContradictionProperties
{
    [Fact]
    public void Nothing_that_is_told_ends_the_loop_or_keeps_it_from_what_is_sound()
    {
        var (named, seeds) = (0, TestScale.Cases(100, nightly: 1_000));
        for (var seed = 0; seed < seeds; seed++)
        {
            try
            {
                Run(seed, ref named);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
        Assert.True(named > seeds);
    }

    private static void Run(int seed, ref int named)
    {
        var contradictions = 0L;
        VirtualWorld.Run(async world =>
        {
            await using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
            using var metrics = new ConvergerMetrics(services.GetRequiredService<IMeterFactory>());
            using var alarms = new Alarms(metrics);
            using var stop = new CancellationTokenSource();
            var random = new Random(seed);
            var corrupt = new CorruptEvents(random);
            var bbs = new FakeConvergerBbs();
            var missing = new HashSet<LrpKey>();
            bbs.Snapshot.Add(Told.CellAppeared("cell"));
            for (var i = 0; i < 20; i++)
            {
                bbs.Snapshot.Add(corrupt.Next());
                bbs.Snapshot.AddRange(Sound($"sound-{i}", random, world.Now, missing));
            }

            var loop = new ConvergerLoop(
                new ConvergerOptions { Seed = seed },
                bbs,
                () => { },
                metrics,
                new Random(seed),
                world.Time,
                alarms
            );
            var running = loop.RunAsync(stop.Token);
            await world.AdvanceAsync(1);
            Assert.Equal(missing, Created(bbs));

            for (var i = 0; i < 20; i++)
            {
                bbs.Tell(corrupt.Next());
                foreach (var change in Sound($"later-{i}", random, world.Now, missing))
                    bbs.Tell(change);
            }
            // Long enough to give up cells that were named but never registered, and for an audit.
            await world.AdvanceAsync(40);
            Assert.Equal(missing, Created(bbs));
            Assert.DoesNotContain("ConvergenceMissed", alarms.Counts.Keys);
            Assert.DoesNotContain("ConvergenceContradictions Undecidable", alarms.Counts.Keys);
            contradictions = alarms
                .Counts.Where(count => count.Key.StartsWith("ConvergenceContradictions", StringComparison.Ordinal))
                .Sum(count => count.Value);
            Assert.False(running.IsCompleted);
            stop.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        });
        named += (int)contradictions;
    }

    private static IEnumerable<Event> Sound(string guid, Random random, DateTimeOffset now, HashSet<LrpKey> missing)
    {
        var instances = random.Next(1, 4);
        yield return Told.Desired(guid, instances);
        for (var index = 0; index < instances; index++)
        {
            if (random.Next(2) == 0)
                yield return Told.Created(Told.Running(guid, index, "cell", now));
            else
                missing.Add(new LrpKey(guid, index));
        }
    }

    private static HashSet<LrpKey> Created(FakeConvergerBbs bbs) =>
        [
            .. bbs
                .Commands.Where(command =>
                    command.CreateMissing is not null && !command.CreateMissing.ProcessGuid.StartsWith("x-", StringComparison.Ordinal)
                )
                .SelectMany(command => command.CreateMissing.Indices.Select(index => new LrpKey(command.CreateMissing.ProcessGuid, index))),
        ];
}

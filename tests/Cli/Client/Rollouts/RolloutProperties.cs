using Scheduler.Tests.TestKit;
using static Scheduler.Tests.Cli.Client.Rollouts.RolloutModel;

namespace Scheduler.Tests.Cli.Client.Rollouts;

/// <summary>What holds in every rollout, whatever takes how long and whoever carries it out.</summary>
public class RolloutProperties
{
    private const int MostTicks = 20_000;

    private static readonly int Cases = TestScale.Cases(1_000, nightly: 100_000);

    [Fact]
    public void Enough_are_available_not_too_many_exist_and_it_ends()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var (instances, before) = (random.Next(12), random.Next(12));
            var (surge, unavailable) = (random.Next(4), random.Next(3));
            if (surge + unavailable == 0)
                surge = 1;
            var fate = (Fate)random.Next(4);
            var model = new RolloutModel(random, fate, new Plan(instances, before, surge, unavailable));
            var told = $"seed {seed}: {before} to {instances}, surge {surge}, unavailable {unavailable}, {fate}";
            for (var tick = 0; !model.IsOver; tick++)
            {
                Assert.True(tick < MostTicks, $"{told}: does not end");
                model.Tick();
                if (random.Next(500) == 0)
                    model.ChangeClient();
                // A version that fails after it was good takes its own instances away, and nobody can know before.
                if (fate != Fate.CrashesLate)
                    Assert.True(
                        model.Available >= Math.Min(instances, before) - unavailable,
                        $"{told}: {model.Available} are available in tick {tick}"
                    );
                Assert.True(model.Existing <= Math.Max(instances, before) + surge, $"{told}: {model.Existing} exist in tick {tick}");
            }

            Assert.Equal(model.IsBack ? (before, 0) : (0, instances), model.Desired);
            Assert.Equal(model.IsBack ? before : instances, model.Existing);
            if (fate == Fate.Good)
                Assert.False(model.IsBack, told);
            else if (fate != Fate.CrashesLate)
                Assert.True(model.IsBack || instances == 0, told);
        }
    }

    [Fact]
    public void A_broken_version_can_always_be_replaced()
    {
        for (var seed = 0; seed < Cases; seed++)
        {
            var random = new Random(seed);
            var instances = random.Next(1, 10);
            var (surge, unavailable) = seed % 2 == 0 ? (1, 0) : (0, 1);
            var model = new RolloutModel(random, Fate.Good, new Plan(instances, instances, surge, unavailable));
            var broken = Enumerable.Range(0, instances).Where(_ => random.Next(2) == 0).ToList();
            broken.ForEach(model.Break);
            var told = $"seed {seed}: {broken.Count} of {instances} broken, surge {surge}, unavailable {unavailable}";
            for (var tick = 0; !model.IsOver; tick++)
            {
                Assert.True(tick < MostTicks, $"{told}: does not end");
                model.Tick();
                Assert.True(
                    model.Available >= instances - unavailable - broken.Count,
                    $"{told}: {model.Available} are available in tick {tick}"
                );
            }

            Assert.Equal((0, instances), model.Desired);
        }
    }
}

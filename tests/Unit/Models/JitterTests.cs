using Scheduler.Models;

namespace Scheduler.Tests.Unit.Models;

public sealed class JitterTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Leaves_out_up_to_half_of_a_retry_and_a_fifth_of_a_period_and_adds_nothing()
    {
        var jitter = new Jitter(1);
        var retries = Enumerable.Range(0, 1_000).Select(_ => jitter.Retry(Second)).ToList();
        var periods = Enumerable.Range(0, 1_000).Select(_ => jitter.Period(Second)).ToList();

        Assert.All(retries, pause => Assert.InRange(pause, Second * 0.5, Second));
        Assert.All(periods, pause => Assert.InRange(pause, Second * 0.8, Second));
        // Over the whole of it: each tenth has some.
        Assert.Equal(10, retries.Select(pause => Math.Min(9, (int)((pause.TotalSeconds - 0.5) * 20))).Distinct().Count());
        Assert.Equal(10, periods.Select(pause => Math.Min(9, (int)((pause.TotalSeconds - 0.8) * 50))).Distinct().Count());
    }

    [Fact]
    public void A_seed_repeats_its_course_and_another_takes_another()
    {
        static List<TimeSpan> Course(int? seed)
        {
            var jitter = new Jitter(seed);
            return [.. Enumerable.Range(0, 10).Select(_ => jitter.Retry(Second))];
        }

        Assert.Equal(Course(7), Course(7));
        Assert.NotEqual(Course(7), Course(8));
        Assert.NotEqual(Course(null), Course(null));
    }
}

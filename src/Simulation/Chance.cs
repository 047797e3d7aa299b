namespace Scheduler.Simulation;

/// <summary>How long things take and how often they happen, drawn from one seed. A part that draws for itself takes a branch, so that more draws of one do not shift another's.</summary>
internal sealed class Chance(ulong seed)
{
    private readonly SeededRandom _random = new(seed);

    public Chance Branch() => new(_random.NextUInt64());

    public bool Happens(double probability) => probability > 0 && _random.NextDouble() < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        new(least.Ticks + (long)(_random.NextDouble() * (most - least).Ticks));

    public int Between(int least, int most) => _random.Next(least, most);

    public double Between(double least, double most) => least + (_random.NextDouble() * (most - least));

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>One of the values, each as likely as its weight says; weights are parts of 100.</summary>
    public T Weighted<T>(ReadOnlySpan<(T Value, int Percent)> values)
    {
        var at = _random.Next(100);
        foreach (var (value, percent) in values)
        {
            at -= percent;
            if (at < 0) return value;
        }

        return values[^1].Value;
    }

    /// <summary>The wait for something that is as likely at any moment.</summary>
    public TimeSpan Waiting(TimeSpan mean)
    {
        // Whole microseconds, so that the last bit of a logarithm does not decide what comes first.
        var microseconds = -Math.Log(1 - _random.NextDouble()) * mean.TotalMicroseconds;
        return TimeSpan.FromMicroseconds(Math.Ceiling(microseconds));
    }

    /// <summary>The same, cut at ten times the mean, so that what is waited for comes within a short run.</summary>
    public TimeSpan ShortWaiting(TimeSpan mean)
    {
        var (waiting, longest) = (Waiting(mean), 10 * mean);
        return waiting < longest ? waiting : longest;
    }

    public ulong Next() => _random.NextUInt64();
}

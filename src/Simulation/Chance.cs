namespace Scheduler.Simulation;

/// <summary>
/// Random durations and probabilities, drawn from one seed. Each component that draws independently uses its own branch, so that additional
/// draws of one do not shift those of another.
/// </summary>
internal sealed class Chance(ulong seed)
{
    private readonly SeededRandom _random = new(seed);

    public Chance Branch() => new(_random.NextUInt64());

    public bool Happens(double probability) => probability > 0 && _random.NextDouble() < probability;

    public TimeSpan Between(TimeSpan least, TimeSpan most) => new(least.Ticks + (long)(_random.NextDouble() * (most - least).Ticks));

    public int Between(int least, int most) => _random.Next(least, most);

    public double Between(double least, double most) => least + (_random.NextDouble() * (most - least));

    public T Pick<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>Picks one of the values by weight; the weights are percentages.</summary>
    public T Weighted<T>(ReadOnlySpan<(T Value, int Percent)> values)
    {
        var at = _random.Next(100);
        foreach (var (value, percent) in values)
        {
            at -= percent;
            if (at < 0)
                return value;
        }

        return values[^1].Value;
    }

    /// <summary>Waiting time for an event with a constant rate (exponentially distributed).</summary>
    public TimeSpan Waiting(TimeSpan mean)
    {
        // Whole microseconds, so that the last bit of a logarithm does not decide the order of events.
        var microseconds = -Math.Log(1 - _random.NextDouble()) * mean.TotalMicroseconds;
        return TimeSpan.FromMicroseconds(Math.Ceiling(microseconds));
    }

    /// <summary>The same, capped at ten times the mean, so that the event occurs within a short run.</summary>
    public TimeSpan ShortWaiting(TimeSpan mean)
    {
        var (waiting, longest) = (Waiting(mean), 10 * mean);
        return waiting < longest ? waiting : longest;
    }

    public ulong Next() => _random.NextUInt64();
}

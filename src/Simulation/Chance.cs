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

    /// <summary>The wait for something that is as likely at any moment, cut at ten times the mean.</summary>
    public TimeSpan Waiting(TimeSpan mean)
    {
        // Whole microseconds, so that the last bit of a logarithm does not decide what comes first.
        var microseconds = -Math.Log(1 - _random.NextDouble()) * mean.TotalMicroseconds;
        return TimeSpan.FromMicroseconds(Math.Min(Math.Ceiling(microseconds), 10 * mean.TotalMicroseconds));
    }

    public ulong Next() => _random.NextUInt64();
}

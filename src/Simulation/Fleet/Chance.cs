using Scheduler.Models;

namespace Scheduler.Simulation.Fleet;

/// <summary>How long things take and how often they happen, drawn from one seed.</summary>
internal sealed class Chance(ulong seed)
{
    private readonly SeededRandom _random = new(seed);

    /// <summary>One message between two parts on one network.</summary>
    public TimeSpan Latency() => Between(TimeSpan.FromMilliseconds(0.5), TimeSpan.FromMilliseconds(8));

    public TimeSpan Between(TimeSpan least, TimeSpan most) =>
        new(least.Ticks + (long)(_random.NextDouble() * (most - least).Ticks));

    /// <summary>The wait for something that is as likely at any moment.</summary>
    public TimeSpan Waiting(TimeSpan mean)
    {
        // Whole microseconds, so that the last bit of a logarithm does not decide what comes first.
        var microseconds = -Math.Log(1 - _random.NextDouble()) * mean.TotalMicroseconds;
        return TimeSpan.FromMicroseconds(Math.Min(Math.Ceiling(microseconds), TimeSpan.FromDays(3650).TotalMicroseconds));
    }

    public int Between(int least, int most) => _random.Next(least, most);

    public bool Happens(double probability) => _random.NextDouble() < probability;

    public double Between(double least, double most) => least + _random.NextDouble() * (most - least);

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
}

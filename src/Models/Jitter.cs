namespace Scheduler.Models;

/// <summary>
/// Randomly shortened pauses, so that clients stopped by one event do not retry in step. A pause is never longer than requested, because
/// other timeouts are calculated from it. Thread-safe.
/// </summary>
/// <param name="seed">Null picks a different seed for each run.</param>
public sealed class Jitter(int? seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = seed is { } given ? new Random(given) : new Random();

    /// <summary>Between half of the pause and all of it, for retries.</summary>
    public TimeSpan Retry(TimeSpan pause) => Shorten(pause, 0.5);

    /// <summary>Between four fifths of the pause and all of it, for periodic work; many loops that started together drift apart.</summary>
    public TimeSpan Period(TimeSpan pause) => Shorten(pause, 0.2);

    /// <summary>A pause between a share of the longest one and all of it, for callers that have a source of randomness.</summary>
    /// <param name="least">The share, from 0 to 1.</param>
    /// <param name="chance">From 0, which gives the shortest pause, to 1.</param>
    public static TimeSpan Of(TimeSpan longest, double least, double chance) => longest * (least + ((1 - least) * chance));

    private TimeSpan Shorten(TimeSpan pause, double share)
    {
        lock (_lock)
            return Of(pause, 1 - share, 1 - _random.NextDouble());
    }
}

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

    private TimeSpan Shorten(TimeSpan pause, double share)
    {
        lock (_lock)
            return pause * (1 - (share * _random.NextDouble()));
    }
}

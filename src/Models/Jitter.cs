namespace Scheduler.Models;

/// <summary>
/// Pauses that chance shortens, so that those whom one event stopped do not come back in step. Never longer than what was
/// asked for: other waits are reckoned from that. Safe for use by several threads.
/// </summary>
/// <param name="seed">Null: another course in each run.</param>
public sealed class Jitter(int? seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = seed is { } given ? new Random(given) : new Random();

    /// <summary>Between half of the pause and all of it, for what is tried again.</summary>
    public TimeSpan Retry(TimeSpan pause) => Shorten(pause, 0.5);

    /// <summary>Between four fifths of the pause and all of it, for what is done from time to time; many that began together drift apart.</summary>
    public TimeSpan Period(TimeSpan pause) => Shorten(pause, 0.2);

    private TimeSpan Shorten(TimeSpan pause, double share)
    {
        lock (_lock) return pause * (1 - (share * _random.NextDouble()));
    }
}

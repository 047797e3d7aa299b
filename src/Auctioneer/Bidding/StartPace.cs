namespace Scheduler.Auctioneer.Bidding;

/// <summary>Limit of the starts that one cell may be given: a burst at once, then a sustained rate.</summary>
/// <param name="Interval">Ticks between two starts in the long run.</param>
/// <param name="Burst">Starts at once after a quiet time; at least 1.</param>
internal readonly record struct StartLimit(long Interval, int Burst)
{
    /// <param name="perSecond">0 for no limit.</param>
    public static StartLimit? Of(double perSecond, int burst) =>
        perSecond > 0 ? new StartLimit((long)Math.Ceiling(TimeSpan.TicksPerSecond / perSecond), burst) : null;

    /// <summary>How many starts become due within that time.</summary>
    public int Within(TimeSpan time) => (int)Math.Min(int.MaxValue, time.Ticks / Interval);
}

/// <summary>
/// One cell's token bucket, stored as the time at which it will be full again: any span of time t has at most burst + t ⁄ interval starts.
/// Times are ticks from any fixed moment and never go back.
/// </summary>
internal struct StartPace
{
    private long _fullAt;

    /// <summary>Starts that may be given now; 0 to the burst.</summary>
    public readonly int Available(in StartLimit limit, long now) =>
        IsFull(now) ? limit.Burst : (int)Math.Max(0, ((limit.Burst * limit.Interval) - (_fullAt - now)) / limit.Interval);

    /// <param name="count">At most <see cref="Available"/>.</param>
    public void Take(in StartLimit limit, long now, int count) => _fullAt = Math.Max(_fullAt, now) + (count * limit.Interval);

    /// <summary>When that many starts are available, if none is taken before.</summary>
    /// <param name="count">1 to the burst.</param>
    public readonly long ReadyAt(in StartLimit limit, int count) => _fullAt - ((limit.Burst - count) * limit.Interval);

    /// <summary>Whether earlier starts no longer limit anything.</summary>
    public readonly bool IsFull(long now) => _fullAt <= now;
}

namespace Scheduler.Bbs.Outbound;

/// <summary>Waits between tries: doubled each time up to a maximum, and half of it by chance, so that many do not come back together.</summary>
internal sealed class Backoff(OutboundOptions options, TimeProvider time, Random random)
{
    private readonly Lock _lock = new();

    /// <param name="failures">How many tries have failed in a row, from 1.</param>
    public Task WaitAsync(int failures, CancellationToken cancellationToken)
    {
        var full = options.RetryMin * Math.Pow(2, Math.Min(failures - 1, 20));
        if (full > options.RetryMax) full = options.RetryMax;
        double chance;
        lock (_lock) chance = random.NextDouble();
        return Task.Delay(full * (0.5 + (chance / 2)), time, cancellationToken);
    }
}

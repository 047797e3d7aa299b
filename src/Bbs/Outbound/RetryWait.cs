namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Waits between attempts: half of the back-off plus a random part of the other half, so that many callers do not retry together.
/// </summary>
internal sealed class RetryWait(Backoff backoff, TimeProvider time, Random random)
{
    private readonly Lock _lock = new();

    /// <param name="failures">Number of consecutive failed attempts, from 1.</param>
    public Task WaitAsync(int failures, CancellationToken cancellationToken)
    {
        double chance;
        lock (_lock)
            chance = random.NextDouble();
        return Task.Delay(Jitter.Of(backoff.After(failures), 0.5, chance), time, cancellationToken);
    }
}

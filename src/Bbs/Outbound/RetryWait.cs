namespace Scheduler.Bbs.Outbound;

/// <summary>Waits between tries: half of the back-off for certain and the other by chance, so that many do not come back together.</summary>
internal sealed class RetryWait(Backoff backoff, TimeProvider time, Random random)
{
    private readonly Lock _lock = new();

    /// <param name="failures">How many tries have failed in a row, from 1.</param>
    public Task WaitAsync(int failures, CancellationToken cancellationToken)
    {
        double chance;
        lock (_lock) chance = random.NextDouble();
        return Task.Delay(backoff.After(failures) * (0.5 + (chance / 2)), time, cancellationToken);
    }
}

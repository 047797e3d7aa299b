namespace Scheduler.Rep.Health;

/// <summary>One thing that must hold for a container to be well.</summary>
internal abstract class HealthCheck
{
    /// <summary>Between attempts while it is healthy; null: the cell's default.</summary>
    public virtual TimeSpan? Interval => null;

    /// <summary>Null when it passed, else what went wrong. A check that cannot be made is one that did not pass: otherwise nobody would watch any more.</summary>
    public async Task<string?> AttemptAsync(CancellationToken detach)
    {
        try
        {
            return await TryAsync(detach);
        }
        catch (Exception failure) when (!detach.IsCancellationRequested)
        {
            return failure.Message;
        }
    }

    protected abstract Task<string?> TryAsync(CancellationToken detach);
}

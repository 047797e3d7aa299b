namespace Scheduler.Rep.Health;

/// <summary>One health condition of a container.</summary>
internal abstract class HealthCheck
{
    /// <summary>Interval between attempts while healthy; null: the cell's default.</summary>
    public virtual TimeSpan? Interval => null;

    /// <summary>
    /// Null if the check passed, else the failure. A check that cannot be made counts as failed; otherwise the container would run
    /// unchecked.
    /// </summary>
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

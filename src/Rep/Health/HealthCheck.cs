namespace Scheduler.Rep.Health;

/// <summary>One thing that must hold for a container to be well.</summary>
internal abstract class HealthCheck
{
    /// <summary>Between attempts while it is healthy; null: the cell's default.</summary>
    public virtual TimeSpan? Interval => null;

    /// <summary>Null when it passed, else what went wrong.</summary>
    public abstract Task<string?> AttemptAsync(CancellationToken detach);
}

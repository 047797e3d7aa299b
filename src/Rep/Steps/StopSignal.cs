namespace Scheduler.Rep.Steps;

/// <summary>
/// Asks the processes in a container to stop by signalling them. Not to be confused with a cancelled token, which only makes this
/// rep detach from a container and leaves everything in it as it is.
/// </summary>
internal sealed class StopSignal
{
    // Continuations run asynchronously, never inside Request.
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<StopSignal> _children = [];
    private DateTimeOffset _at;

    public bool IsRequested => _requested.Task.IsCompleted;

    public Task Requested => _requested.Task;

    /// <summary>Time of the stop request. The grace period counts from here, also across restarts of the rep.</summary>
    public DateTimeOffset At
    {
        get
        {
            lock (_lock)
                return _at;
        }
    }

    /// <summary>Only the first request counts.</summary>
    public void Request(DateTimeOffset at)
    {
        StopSignal[] children;
        lock (_lock)
        {
            if (IsRequested)
                return;
            _at = at;
            children = [.. _children];
            _requested.SetResult();
        }

        foreach (var child in children)
            child.Request(at);
    }

    /// <summary>Creates a child signal: it is requested with this one, and can be requested alone.</summary>
    public StopSignal Child()
    {
        var child = new StopSignal();
        lock (_lock)
        {
            if (!IsRequested)
            {
                _children.Add(child);
                return child;
            }
        }

        child.Request(At);
        return child;
    }
}

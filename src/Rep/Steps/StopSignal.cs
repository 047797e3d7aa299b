namespace Scheduler.Rep.Steps;

/// <summary>
/// Asks what runs in a container to stop: the container's own processes are signalled. Not to be mixed up with a cancelled
/// token, by which this rep only lets go of a container, leaving everything in it as it is.
/// </summary>
internal sealed class StopSignal
{
    // Continuations run on their own context, never inside Request.
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private readonly List<StopSignal> _children = [];
    private DateTimeOffset _at;

    public bool IsRequested => _requested.Task.IsCompleted;

    public Task Requested => _requested.Task;

    /// <summary>When the stop was asked for; the grace period counts from here, also across restarts of the rep.</summary>
    public DateTimeOffset At
    {
        get
        {
            lock (_lock) return _at;
        }
    }

    /// <summary>The first request counts.</summary>
    public void Request(DateTimeOffset at)
    {
        StopSignal[] children;
        lock (_lock)
        {
            if (IsRequested) return;
            _at = at;
            children = [.. _children];
            _requested.SetResult();
        }

        foreach (var child in children) child.Request(at);
    }

    /// <summary>A signal that is requested with this one, and can be by itself without this one being so.</summary>
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

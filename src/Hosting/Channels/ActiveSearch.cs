namespace Scheduler.Hosting.Channels;

/// <summary>
/// Coordination of a process's calls that find no active BBS. One of them searches at the set pace; the others wait for its result and
/// search themselves only now and then, in case it hangs. A takeover is noticed as fast as ever, but standbys are not asked by every caller
/// several times a second.
/// </summary>
internal sealed class ActiveSearch
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _over = NewSignal();
    private object? _seeker;

    /// <summary>Null if this call is the one that searches; otherwise a task that ends when that one is done.</summary>
    public Task? LeadOrJoin(object call)
    {
        lock (_lock)
        {
            _seeker ??= call;
            return _seeker == call ? null : _over.Task;
        }
    }

    /// <summary>The call has found the active BBS or stopped searching. If it was the one that searched, this wakes the others.</summary>
    public void End(object call)
    {
        TaskCompletionSource over;
        lock (_lock)
        {
            if (_seeker != call)
                return;
            _seeker = null;
            over = _over;
            _over = NewSignal();
        }

        over.TrySetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace Scheduler.Hosting.Channels;

/// <summary>
/// Of the many calls of a process that find no active BBS, one looks for it at the set pace; the others wait for what it finds and
/// look themselves only now and then, in case it hangs. So a takeover is noticed as fast as ever, and a standby is not asked by
/// everybody several times a second.
/// </summary>
internal sealed class ActiveSearch
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _over = NewSignal();
    private object? _seeker;

    /// <summary>Null when this call is the one that looks; otherwise ends when that one is done.</summary>
    public Task? LeadOrJoin(object call)
    {
        lock (_lock)
        {
            _seeker ??= call;
            return _seeker == call ? null : _over.Task;
        }
    }

    /// <summary>The call has found what it looked for, or looks no more. Wakes the others when it was the one that looked.</summary>
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

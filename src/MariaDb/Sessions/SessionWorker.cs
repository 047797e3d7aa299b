namespace Scheduler.MariaDb.Sessions;

/// <summary>
/// A thread on which one session's blocking native calls run when they are asked for asynchronously, so that they never hold a
/// thread of the thread pool. It ends when idle and comes back when needed, so neither idle nor forgotten sessions keep one.
/// </summary>
internal sealed class SessionWorker
{
    /// <summary>Longer than the pauses within a busy session's work; short enough that a pool gone quiet has no threads.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(10);

    /// <summary>Native calls, TLS included, need a fraction of this.</summary>
    private const int StackBytes = 512 * 1024;

    private readonly object _gate = new();
    private Action? _work;
    private bool _hasThread;

    /// <summary>Runs work on the session's thread. A session does one thing at a time; a second is refused.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                completion.SetResult(work());
            }
            catch (OperationCanceledException e)
            {
                completion.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                completion.SetException(e);
            }
        });
        return completion.Task;
    }

    private void Post(Action work)
    {
        lock (_gate)
        {
            if (_work is not null) throw new InvalidOperationException("The connection is already in use by another operation.");
            _work = work;
            if (_hasThread)
            {
                Monitor.Pulse(_gate);
            }
            else
            {
                new Thread(Loop, StackBytes) { IsBackground = true, Name = "mariadb session" }.UnsafeStart();
                _hasThread = true;
            }
        }
    }

    private void Loop()
    {
        while (Take() is { } work) work();
    }

    private Action? Take()
    {
        lock (_gate)
        {
            while (_work is null)
            {
                if (Monitor.Wait(_gate, IdleTime) || _work is not null) continue;
                _hasThread = false;
                return null;
            }

            var work = _work;
            _work = null;
            return work;
        }
    }
}

namespace Scheduler.Rep.Transfers.Web;

/// <summary>Cancels an attempt when nothing has moved for a while.</summary>
internal sealed class Patience : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _idle;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private bool _ranOut;
    private bool _disposed;

    public Patience(TimeSpan idle, TimeProvider time, CancellationToken cancellation)
    {
        _idle = idle;
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _timer = time.CreateTimer(_ => RunOut(), null, idle, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The cancellation came from here.</summary>
    public bool RanOut => Volatile.Read(ref _ranOut);

    /// <summary>A byte has moved: the wait begins anew.</summary>
    public void Renew() => _timer.Change(_idle, Timeout.InfiniteTimeSpan);

    /// <summary>Everything was sent, and the answer may take as long as the whole transfer.</summary>
    public void Stop() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _disposed = true;
            _source.Dispose();
        }
    }

    private void RunOut()
    {
        lock (_lock)
        {
            // A timer can still fire while it is disposed.
            if (_disposed)
                return;
            Volatile.Write(ref _ranOut, true);
            _source.Cancel();
        }
    }
}

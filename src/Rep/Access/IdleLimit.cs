namespace Scheduler.Rep.Access;

/// <summary>Fires when no data has passed for some time.</summary>
internal sealed class IdleLimit : IDisposable
{
    private readonly CancellationTokenSource _expired = new();
    private readonly TimeSpan _limit;
    private readonly ITimer _timer;

    public IdleLimit(TimeSpan limit, TimeProvider time)
    {
        _limit = limit;
        _timer = time.CreateTimer(_ => _expired.Cancel(), null, limit, Timeout.InfiniteTimeSpan);
    }

    public CancellationToken Expired => _expired.Token;

    /// <summary>Data has passed.</summary>
    public void Touch() => _timer.Change(_limit, Timeout.InfiniteTimeSpan);

    public void Dispose()
    {
        _timer.Dispose();
        // The source is not disposed: the timer may be firing just now.
    }
}

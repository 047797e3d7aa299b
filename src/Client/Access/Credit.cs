namespace Scheduler.Client.Access;

/// <summary>How much may still be sent. One user takes, another adds.</summary>
internal sealed class Credit : IDisposable
{
    private readonly SemaphoreSlim _more = new(0);
    private readonly Lock _lock = new();
    private int _bytes;

    public void Add(uint bytes)
    {
        lock (_lock)
            _bytes += (int)Math.Min(bytes, int.MaxValue / 2);
        _more.Release();
    }

    /// <summary>Waits until there is some, and returns how much at most may be sent at once.</summary>
    public async Task<int> AtMostAsync(int bytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_bytes > 0)
                    return Math.Min(bytes, _bytes);
            }

            await _more.WaitAsync(cancellationToken);
        }
    }

    public void Take(int bytes)
    {
        lock (_lock)
            _bytes -= bytes;
    }

    public void Dispose() => _more.Dispose();
}

namespace Scheduler.Router.Proxy;

/// <summary>Number of requests under way.</summary>
internal sealed class RequestCount
{
    private int _count;

    public int Value => Volatile.Read(ref _count);

    /// <returns>How many others there are.</returns>
    public int Begin() => Interlocked.Increment(ref _count) - 1;

    public void End() => Interlocked.Decrement(ref _count);
}

namespace Scheduler.Bbs.Node;

/// <summary>
/// How long this node may hold itself to lead: from the moment at which the last successful request was sent, on its own monotonic clock,
/// a little less than the store grants it. So it stops before another can start, whatever the clocks of either say.
/// </summary>
internal sealed class Lease(TimeProvider time, TimeSpan ttl, long sentAt)
{
    // Monotonic clocks of two machines differ by far less than this.
    private readonly TimeSpan _span = ttl * 0.95;
    private long _sentAt = sentAt;

    public TimeSpan Remaining => _span - time.GetElapsedTime(Volatile.Read(ref _sentAt));

    public bool IsValid => Remaining > TimeSpan.Zero;

    public void Renewed(long sentAt) => Volatile.Write(ref _sentAt, sentAt);
}

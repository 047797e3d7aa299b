namespace Scheduler.Bbs.Node;

/// <summary>
/// How long this node may consider itself the leader: measured on its own monotonic clock from the moment the last successful request was
/// sent, and slightly shorter than the store grants. So it stops before another node can start, whatever the wall clocks of both say.
/// </summary>
internal sealed class Lease(TimeProvider time, TimeSpan ttl, long sentAt)
{
    // Monotonic clocks of two machines drift apart by far less than this margin.
    private readonly TimeSpan _span = ttl * 0.95;
    private long _sentAt = sentAt;

    public TimeSpan Remaining => _span - time.GetElapsedTime(Volatile.Read(ref _sentAt));

    public bool IsValid => Remaining > TimeSpan.Zero;

    public void Renewed(long sentAt) => Volatile.Write(ref _sentAt, sentAt);
}

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Counts the work on its way to the loop and waiting in it, so that producers on any thread are turned away before it
/// is too much. Work that a cell sends back is not asked: it was let in before.
/// </summary>
internal sealed class WorkAdmission(int most)
{
    private int _queued;
    private int _waiting;

    /// <summary>Pieces of work that no auction has decided about yet.</summary>
    public int Undecided => Volatile.Read(ref _queued) + Volatile.Read(ref _waiting);

    public bool TryAdmit(int count)
    {
        if (Interlocked.Add(ref _queued, count) + Volatile.Read(ref _waiting) <= most)
            return true;
        Interlocked.Add(ref _queued, -count);
        return false;
    }

    /// <summary>The loop has taken it off its queue, or it never got there.</summary>
    public void Leave(int count) => Interlocked.Add(ref _queued, -count);

    /// <summary>By the loop alone: what waits there now.</summary>
    public void Waits(int count) => Volatile.Write(ref _waiting, count);
}

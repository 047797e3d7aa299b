namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Counter of the work on its way to the loop and waiting in it, so that producers on any thread are refused before there is too much. Work
/// that a cell returns is not checked, because it was admitted before.
/// </summary>
internal sealed class WorkAdmission(int most)
{
    private int _queued;
    private int _waiting;

    /// <summary>Pieces of work that no auction has decided yet.</summary>
    public int Undecided => Volatile.Read(ref _queued) + Volatile.Read(ref _waiting);

    public bool TryAdmit(int count)
    {
        if (Interlocked.Add(ref _queued, count) + Volatile.Read(ref _waiting) <= most)
            return true;
        Interlocked.Add(ref _queued, -count);
        return false;
    }

    /// <summary>The loop has taken the work off its queue, or it never got there.</summary>
    public void Leave(int count) => Interlocked.Add(ref _queued, -count);

    /// <summary>Sets how much work waits in the loop. Only the loop calls this.</summary>
    public void Waits(int count) => Volatile.Write(ref _waiting, count);
}

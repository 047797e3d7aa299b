using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// Deadlines of presences and locks, on a monotonic clock that stands still while the commit loop does: while nobody
/// could be heard (a commit that hangs, a paused process), nobody is held to be silent.
/// </summary>
internal sealed class PresenceClock(TimeProvider time) : IPresenceClock
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<LeaseKey, TimeSpan> _deadlines = [];
    // One entry per lease; renewals leave it where it is, and it moves on when it comes up too early.
    private readonly PriorityQueue<LeaseKey, TimeSpan> _queue = new();
    private readonly Dictionary<string, (CellRow Row, TimeSpan Until)> _challengers = new(StringComparer.Ordinal);
    private TimeSpan _stalled;

    private TimeSpan Now => time.GetElapsedTime(_start) - _stalled;

    public void Renew(LeaseKey lease, TimeSpan ttl)
    {
        var deadline = Now + ttl;
        if (!_deadlines.TryGetValue(lease, out var old))
        {
            _queue.Enqueue(lease, deadline);
        }
        else if (deadline < old)
        {
            // A holder that wants to live shorter than before: the queue must not wake up too late for it.
            _queue.Remove(lease, out _, out _);
            _queue.Enqueue(lease, deadline);
        }
        _deadlines[lease] = deadline;
        if (lease.Kind == LeaseKind.Cell) _challengers.Remove(lease.Name);
    }

    public bool HasRunOut(LeaseKey lease) => !_deadlines.TryGetValue(lease, out var deadline) || deadline <= Now;

    public void Challenge(CellRow challenger) =>
        _challengers[challenger.CellId] = (challenger, Now + TimeSpan.FromMilliseconds(challenger.TtlMs));

    public CellRow? ChallengerOf(string cellId) =>
        _challengers.TryGetValue(cellId, out var challenger) && challenger.Until > Now ? challenger.Row : null;

    /// <summary>How long until the next lease may run out; null when there is none.</summary>
    public TimeSpan? UntilNext() => _queue.TryPeek(out _, out var at) ? Max(at - Now, TimeSpan.Zero) : null;

    /// <summary>Takes the leases that have run out; each must come back by <see cref="Drop"/>, <see cref="Rearm"/> or a renewal.</summary>
    public void TakeDue(List<LeaseKey> due)
    {
        var now = Now;
        while (_queue.TryPeek(out var lease, out var at) && at <= now)
        {
            _queue.Dequeue();
            if (!_deadlines.TryGetValue(lease, out var deadline)) continue;
            if (deadline > now) _queue.Enqueue(lease, deadline);
            else due.Add(lease);
        }
    }

    public void Drop(LeaseKey lease)
    {
        _deadlines.Remove(lease);
        if (lease.Kind == LeaseKind.Cell) _challengers.Remove(lease.Name);
    }

    /// <summary>Puts a taken lease back, to come up again when its deadline, or the wait, is over.</summary>
    public void Rearm(LeaseKey lease, TimeSpan wait)
    {
        if (_deadlines.TryGetValue(lease, out var deadline)) _queue.Enqueue(lease, Max(deadline, Now + wait));
    }

    /// <summary>The loop could hear nobody for so long.</summary>
    public void Stall(TimeSpan duration) => _stalled += duration;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

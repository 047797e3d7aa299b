using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>
/// Deadlines of presences and locks on a monotonic clock that stops while the commit loop is stalled: while the loop cannot hear anyone
/// (hung commit, paused process), no holder counts as silent.
/// </summary>
internal sealed class PresenceClock(TimeProvider time) : IPresenceClock
{
    private readonly long _start = time.GetTimestamp();
    private readonly Dictionary<LeaseKey, TimeSpan> _deadlines = [];

    // One entry per lease. A renewal does not move it; an entry that comes up too early is queued again.
    private readonly PriorityQueue<LeaseKey, TimeSpan> _queue = new();
    private readonly Dictionary<string, (CellRow Row, TimeSpan Until)> _challengers = new(StringComparer.Ordinal);
    private TimeSpan _stalled;
    private TimeSpan? _frozen;

    private TimeSpan Now => _frozen ?? time.GetElapsedTime(_start) - _stalled;

    public void Renew(LeaseKey lease, TimeSpan ttl)
    {
        var deadline = Now + ttl;
        if (!_deadlines.TryGetValue(lease, out var old))
        {
            _queue.Enqueue(lease, deadline);
        }
        else if (deadline < old)
        {
            // The holder shortened its time to live, so the queue must wake up earlier.
            _queue.Remove(lease, out _, out _);
            _queue.Enqueue(lease, deadline);
        }
        _deadlines[lease] = deadline;
        if (lease.Kind == LeaseKind.Cell)
            _challengers.Remove(lease.Name);
    }

    public bool HasRunOut(LeaseKey lease) => !_deadlines.TryGetValue(lease, out var deadline) || deadline <= Now;

    public void Challenge(CellRow challenger) =>
        _challengers[challenger.CellId] = (challenger, Now + TimeSpan.FromMilliseconds(challenger.TtlMs));

    public CellRow? ChallengerOf(string cellId) =>
        _challengers.TryGetValue(cellId, out var challenger) && challenger.Until > Now ? challenger.Row : null;

    /// <summary>Time until the next lease may expire, or null without leases.</summary>
    public TimeSpan? UntilNext() => _queue.TryPeek(out _, out var at) ? Max(at - Now, TimeSpan.Zero) : null;

    /// <summary>Takes the expired leases; each must be handed back by <see cref="Drop"/>, <see cref="Rearm"/> or a renewal.</summary>
    public void TakeDue(List<LeaseKey> due)
    {
        var now = Now;
        while (_queue.TryPeek(out var lease, out var at) && at <= now)
        {
            _queue.Dequeue();
            if (!_deadlines.TryGetValue(lease, out var deadline))
                continue;
            if (deadline > now)
                _queue.Enqueue(lease, deadline);
            else
                due.Add(lease);
        }
    }

    public void Drop(LeaseKey lease)
    {
        _deadlines.Remove(lease);
        if (lease.Kind == LeaseKind.Cell)
            _challengers.Remove(lease.Name);
    }

    /// <summary>Puts back a lease that was taken; it is due again at its deadline, or after the wait.</summary>
    public void Rearm(LeaseKey lease, TimeSpan wait)
    {
        if (_deadlines.TryGetValue(lease, out var deadline))
            _queue.Enqueue(lease, Max(deadline, Now + wait));
    }

    /// <summary>Stops the clock while it is unknown whether the time will count.</summary>
    public void Freeze() => _frozen = Now;

    /// <summary>Lets the clock go on: from where it stopped if the time does not count, else as if it had never stopped.</summary>
    public void Thaw(bool stalled)
    {
        var frozen = Now;
        _frozen = null;
        if (stalled)
            _stalled += Now - frozen;
    }

    /// <summary>The loop could not hear renewals for this long.</summary>
    public void Stall(TimeSpan duration) => _stalled += duration;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

using System.Collections.Immutable;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Locks;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>Turns times to live that have run out into commands of the loop, behind the renewals that waited in the same batch.</summary>
internal sealed class Expiry(PresenceClock presences)
{
    /// <summary>A commit that takes longer kept the loop from hearing renewals; a healthy one takes a few milliseconds.</summary>
    public static readonly TimeSpan StallThreshold = TimeSpan.FromMilliseconds(500);

    // A failed commit leaves what has run out for another try after this.
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(1);

    // Domains expire by the wall clock, which may jump: look again at least this often.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly List<LeaseKey> _due = [];
    private ImmutableSortedDictionary<string, DomainRow>? _domainsSeen;
    private long _nextDomainNs;

    /// <summary>
    /// After a load what is known gets a fresh time to live: who lives will say so. Of a lock's, the time in which nobody led has
    /// passed already: a holder steps down by itself when it cannot renew, so that its successor need not wait for that twice.
    /// A cell does not, for its containers run on.
    /// </summary>
    public void AdoptAll(BbsState state, TimeSpan vacancy)
    {
        foreach (var cell in state.Cells.Values)
            presences.Renew(new LeaseKey(LeaseKind.Cell, cell.CellId), TimeSpan.FromMilliseconds(cell.TtlMs));
        foreach (var held in state.Locks.Values)
            presences.Renew(new LeaseKey(LeaseKind.Lock, held.Key), TimeSpan.FromMilliseconds(held.TtlMs) - vacancy);
    }

    public void AddDue(List<Command> batch, BbsState state, DateTimeOffset now)
    {
        if (NextDomainNs(state) <= UnixNanos.From(now)) batch.Add(new ExpireDomains());
        presences.TakeDue(_due);
        foreach (var lease in _due)
        {
            if (Holds(state, lease)) batch.Add(lease.Kind == LeaseKind.Cell ? new ExpireCell(lease.Name) : new ExpireLock(lease.Name));
        }
    }

    /// <param name="state">As it is after the batch: the new one, or the old one when the commit failed.</param>
    public void AfterBatch(BbsState state)
    {
        foreach (var lease in _due)
        {
            if (Holds(state, lease)) presences.Rearm(lease, RetryAfterFailure);
            else presences.Drop(lease);
        }
        _due.Clear();
    }

    /// <summary>Null when nothing can run out.</summary>
    public TimeSpan? UntilNext(BbsState state, DateTimeOffset now)
    {
        var wait = presences.UntilNext();
        if (NextDomainNs(state) is var next and < long.MaxValue)
        {
            var domain = TimeSpan.FromTicks(Math.Max(0, (next - UnixNanos.From(now) + 99) / 100));
            if (wait is null || domain < wait) wait = domain;
        }
        return wait > LongestWait ? LongestWait : wait;
    }

    private static bool Holds(BbsState state, LeaseKey lease) =>
        lease.Kind == LeaseKind.Cell ? state.Cells.ContainsKey(lease.Name) : state.Locks.ContainsKey(lease.Name);

    private long NextDomainNs(BbsState state)
    {
        if (ReferenceEquals(_domainsSeen, state.Domains)) return _nextDomainNs;
        _domainsSeen = state.Domains;
        _nextDomainNs = long.MaxValue;
        foreach (var row in state.Domains.Values)
        {
            if (row.ExpiresAt != 0) _nextDomainNs = Math.Min(_nextDomainNs, row.ExpiresAt);
        }
        return _nextDomainNs;
    }
}

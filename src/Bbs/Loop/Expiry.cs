using System.Collections.Immutable;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Commands.Locks;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Loop;

/// <summary>Turns expired times to live into loop commands, placed after the renewals waiting in the same batch.</summary>
internal sealed class Expiry(PresenceClock presences)
{
    /// <summary>A commit that takes longer blocked the loop from receiving renewals; a healthy commit takes a few milliseconds.</summary>
    public static readonly TimeSpan StallThreshold = TimeSpan.FromMilliseconds(500);

    // After a failed commit, expiries are retried after this time.
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(1);

    // Domains expire by the wall clock, which may jump: check at least this often.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private readonly List<LeaseKey> _due = [];
    private ImmutableSortedDictionary<string, DomainRow>? _domainsSeen;
    private long _nextDomainNs;

    /// <summary>
    /// After a load, every lease gets a fresh time to live, because live holders will renew. For locks, the time without a leader counts
    /// against it: a holder that cannot renew steps down on its own, so its successor does not have to wait twice. For cells it does not
    /// count, because their containers keep running.
    /// </summary>
    public void AdoptAll(BbsState state, TimeSpan vacancy)
    {
        foreach (var cell in state.Cells.Values)
            presences.Renew(new LeaseKey(LeaseKind.Cell, cell.CellId), TimeSpan.FromMilliseconds(cell.TtlMs));
        foreach (var held in state.Locks.Values)
            presences.Renew(new LeaseKey(LeaseKind.Lock, held.Key), TimeSpan.FromMilliseconds(held.TtlMs) - vacancy);
    }

    /// <summary>The expiries that are due. The batch that they go into must end with <see cref="AfterBatch"/>.</summary>
    public IEnumerable<Command> TakeDue(BbsState state, DateTimeOffset now)
    {
        if (NextDomainNs(state) <= UnixNanos.From(now))
            yield return new ExpireDomains();
        presences.TakeDue(_due);
        foreach (var lease in _due)
        {
            if (Holds(state, lease))
                yield return lease.Kind == LeaseKind.Cell ? new ExpireCell(lease.Name) : new ExpireLock(lease.Name);
        }
    }

    /// <param name="state">State after the batch: the new one, or the old one if the commit failed.</param>
    public void AfterBatch(BbsState state)
    {
        foreach (var lease in _due)
        {
            if (Holds(state, lease))
                presences.Rearm(lease, RetryAfterFailure);
            else
                presences.Drop(lease);
        }
        _due.Clear();
    }

    /// <summary>Null when no lease or domain can expire.</summary>
    public TimeSpan? UntilNext(BbsState state, DateTimeOffset now)
    {
        var wait = presences.UntilNext();
        if (NextDomainNs(state) is var next and < long.MaxValue)
        {
            var domain = TimeSpan.FromTicks(Math.Max(0, (next - UnixNanos.From(now) + 99) / 100));
            if (wait is null || domain < wait)
                wait = domain;
        }
        return wait > LongestWait ? LongestWait : wait;
    }

    private static bool Holds(BbsState state, LeaseKey lease) =>
        lease.Kind == LeaseKind.Cell ? state.Cells.ContainsKey(lease.Name) : state.Locks.ContainsKey(lease.Name);

    private long NextDomainNs(BbsState state)
    {
        if (ReferenceEquals(_domainsSeen, state.Domains))
            return _nextDomainNs;
        _domainsSeen = state.Domains;
        _nextDomainNs = long.MaxValue;
        foreach (var row in state.Domains.Values)
        {
            if (row.ExpiresAt != 0)
                _nextDomainNs = Math.Min(_nextDomainNs, row.ExpiresAt);
        }
        return _nextDomainNs;
    }
}

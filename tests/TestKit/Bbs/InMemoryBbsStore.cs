using Scheduler.Bbs.Storage;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.TestKit.Bbs;

/// <summary>
/// A store that several nodes of one test share, with the contract of the real ones: epochs, one snapshot per load, all or nothing
/// per commit. Each node talks to it through a <see cref="Connect"/> of its own, so that one can be cut off.
/// </summary>
public sealed class InMemoryBbsStore(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, DesiredLRP> _desired = new(StringComparer.Ordinal);
    private readonly SortedDictionary<(string, int, int), ActualLRP> _actual = new(RowOrder);
    private readonly SortedDictionary<string, OneOffTask> _tasks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, DomainRow> _domains = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CellRow> _cells = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LockRow> _locks = new(StringComparer.Ordinal);
    private string _owner = "";
    private string _value = "";
    private DateTimeOffset _until;
    private long _epoch;
    private ulong _revision;

    private static readonly Comparer<(string Process, int Index, int Presence)> RowOrder = Comparer<(string Process, int Index, int Presence)>.Create((a, b) =>
        string.CompareOrdinal(a.Process, b.Process) is var byProcess and not 0 ? byProcess : (a.Index, a.Presence).CompareTo((b.Index, b.Presence)));

    public int Commits { get; private set; }

    public ulong Revision
    {
        get
        {
            lock (_lock) return _revision;
        }
    }

    public long Epoch
    {
        get
        {
            lock (_lock) return _epoch;
        }
    }

    public StoreConnection Connect() => new(this);

    internal LeadershipAttempt Acquire(string owner, string value, TimeSpan ttl)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_owner != "" && _owner != owner && _until > now) return new LeadershipAttempt(0, _value, _until - now);
            (_owner, _value, _until) = (owner, value, now + ttl);
            return new LeadershipAttempt(++_epoch, value, ttl);
        }
    }

    internal void Renew(long epoch, TimeSpan ttl)
    {
        lock (_lock)
        {
            if (epoch != _epoch) throw new LeadershipLostException(epoch);
            _until = time.GetUtcNow() + ttl;
        }
    }

    internal void Release(long epoch)
    {
        lock (_lock)
        {
            if (epoch == _epoch) (_owner, _value) = ("", "");
        }
    }

    public ulong Load(IStateReader reader)
    {
        lock (_lock)
        {
            foreach (var row in _desired.Values) reader.DesiredLrp(row.Clone());
            foreach (var row in _actual.Values) reader.ActualLrp(row.Clone());
            foreach (var row in _tasks.Values) reader.Task(row.Clone());
            foreach (var row in _domains.Values) reader.Domain(row);
            foreach (var row in _cells.Values) reader.Cell(row);
            foreach (var row in _locks.Values) reader.Lock(row);
            return _revision;
        }
    }

    public void Commit(CommitBatch batch)
    {
        lock (_lock)
        {
            if (batch.Epoch != _epoch) throw new LeadershipLostException(batch.Epoch);
            if (batch.Revision != _revision + 1) throw new InvalidOperationException($"revision {batch.Revision} after {_revision}");
            Apply(batch.DesiredLrps, _desired, row => row.ProcessGuid, key => key);
            Apply(batch.ActualLrps, _actual,
                row => (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, (int)row.Presence),
                key => (key.ProcessGuid, key.Index, (int)key.Presence));
            Apply(batch.Tasks, _tasks, row => row.TaskGuid, key => key);
            Apply(batch.Domains, _domains, row => row.Domain, key => key);
            Apply(batch.Cells, _cells, row => row.CellId, key => key);
            Apply(batch.Locks, _locks, row => row.Key, key => key);
            _revision = batch.Revision;
            Commits++;
        }
    }

    private static void Apply<TKey, TRow, TStored>(
        RowChanges<TKey, TRow> changes, SortedDictionary<TStored, TRow> table, Func<TRow, TStored> keyOf, Func<TKey, TStored> stored)
        where TStored : notnull
    {
        foreach (var key in changes.Deletes) table.Remove(stored(key));
        foreach (var row in changes.Upserts) table[keyOf(row)] = row;
    }
}

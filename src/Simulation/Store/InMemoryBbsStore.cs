using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Tables;

namespace Scheduler.Simulation.Store;

/// <summary>An in-memory implementation of the contract of <see cref="IBbsStore"/>, on a given clock, with faults on demand.</summary>
public sealed class InMemoryBbsStore(InMemoryDatabase database, TimeProvider time) : IBbsStore
{
    public InMemoryBbsStore(TimeProvider time)
        : this(new InMemoryDatabase(), time) { }

    public InMemoryDatabase Database { get; } = database;

    /// <summary>Called with the name of each operation before it starts; may wait (a slow store) or throw (a broken one).</summary>
    public Func<string, CancellationToken, Task>? Before { get; set; }

    /// <summary>
    /// Called after a commit has taken effect and before its reply; throw a <see cref="StoreException"/> with an unknown outcome here.
    /// </summary>
    public Func<CommitBatch, Task>? AfterCommit { get; set; }

    public async Task<LeadershipAttempt> AcquireLeadershipAsync(
        string owner,
        string value,
        TimeSpan ttl,
        CancellationToken cancellationToken
    )
    {
        await BeforeAsync(nameof(AcquireLeadershipAsync), cancellationToken);
        lock (Database.Gate)
        {
            var now = time.GetUtcNow();
            if (Database.Owner.Length > 0 && Database.Owner != owner && Database.ExpiresAt > now)
                return new LeadershipAttempt(0, Database.Value, Database.ExpiresAt - now);
            var vacancy =
                Database.ExpiresAt > DateTimeOffset.MinValue && Database.ExpiresAt < now ? now - Database.ExpiresAt : TimeSpan.Zero;
            Database.Epoch++;
            Database.Owner = owner;
            Database.Value = value;
            Database.ExpiresAt = now + ttl;
            return new LeadershipAttempt(Database.Epoch, value, ttl) { Vacancy = vacancy };
        }
    }

    public async Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(RenewLeadershipAsync), cancellationToken);
        lock (Database.Gate)
        {
            CheckEpoch(epoch);
            Database.ExpiresAt = time.GetUtcNow() + ttl;
        }
    }

    public async Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(ReleaseLeadershipAsync), cancellationToken);
        lock (Database.Gate)
        {
            if (Database.Epoch == epoch)
                Database.ExpiresAt = DateTimeOffset.MinValue;
        }
    }

    public async Task MigrateAsync(long epoch, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(MigrateAsync), cancellationToken);
        lock (Database.Gate)
            CheckEpoch(epoch);
    }

    public async Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(LoadAsync), cancellationToken);
        lock (Database.Gate)
        {
            foreach (var row in Database.DesiredLrps.Values)
                reader.DesiredLrp(DesiredLRP.Parser.ParseFrom(row));
            foreach (var row in Database.ActualLrps.Values)
                reader.ActualLrp(ActualLRP.Parser.ParseFrom(row));
            foreach (var row in Database.Tasks.Values)
                reader.Task(OneOffTask.Parser.ParseFrom(row));
            foreach (var row in Database.Domains.Values)
                reader.Domain(row);
            foreach (var row in Database.Cells.Values)
                reader.Cell(Cell(row));
            foreach (var row in Database.AbsentCells.Values)
                reader.AbsentCell(AbsentCell.Parser.ParseFrom(row));
            foreach (var row in Database.CellLosses.Values)
                reader.CellLoss(CellLoss.Parser.ParseFrom(row));
            foreach (var row in Database.Locks.Values)
                reader.Lock(row);
            return Database.Revision;
        }
    }

    public async Task<bool> IsMigratedAsync(CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(IsMigratedAsync), cancellationToken);
        return true;
    }

    public async Task<StateChanges?> ReadChangesAsync(ulong since, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(ReadChangesAsync), cancellationToken);
        lock (Database.Gate)
        {
            if (Database.Revision == since)
                return new StateChanges { Revision = since };
            var commits = Database.Changed.Where(commit => commit.Key > since).Select(commit => commit.Value).ToList();
            var keys = new ChangedKeys();
            if (since + (ulong)commits.Count != Database.Revision || !commits.All(keys.TryAdd))
                return null;
            return new StateChanges
            {
                Revision = Database.Revision,
                DesiredLrps = Changes(keys.DesiredLrps, Database.DesiredLrps, DesiredLRP.Parser.ParseFrom),
                ActualLrps = Changes(keys.ActualLrps, Database.ActualLrps, ActualLRP.Parser.ParseFrom),
                Tasks = Changes(keys.Tasks, Database.Tasks, OneOffTask.Parser.ParseFrom),
                Domains = Changes(keys.Domains, Database.Domains, row => row),
                Cells = Changes(keys.Cells, Database.Cells, Cell),
                AbsentCells = Changes(keys.AbsentCells, Database.AbsentCells, AbsentCell.Parser.ParseFrom),
                CellLoss = Changes(keys.CellLoss, Database.CellLosses, CellLoss.Parser.ParseFrom),
                Locks = Changes(keys.Locks, Database.Locks, row => row),
            };
        }
    }

    public async Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken)
    {
        await BeforeAsync(nameof(CommitAsync), cancellationToken);
        lock (Database.Gate)
        {
            CheckEpoch(batch.Epoch);
            Database.Apply(batch);
        }
        if (AfterCommit is { } after)
            await after(batch);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static CellRow Cell((byte[] Presence, string Owner, uint TtlMs) row) =>
        new(CellPresence.Parser.ParseFrom(row.Presence), row.Owner, row.TtlMs);

    private static RowChanges<TKey, TRow> Changes<TKey, TRow, TStored>(
        HashSet<TKey> keys,
        SortedDictionary<TKey, TStored> table,
        Func<TStored, TRow> read
    )
        where TKey : notnull =>
        new([.. keys.Where(table.ContainsKey).Select(key => read(table[key]))], [.. keys.Where(key => !table.ContainsKey(key))]);

    private Task BeforeAsync(string operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Before?.Invoke(operation, cancellationToken) ?? Task.CompletedTask;
    }

    private void CheckEpoch(long epoch)
    {
        if (Database.Epoch != epoch)
            throw new LeadershipLostException(epoch);
    }
}

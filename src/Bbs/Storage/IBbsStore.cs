namespace Scheduler.Bbs.Storage;

/// <summary>
/// Durable storage of the BBS. The BBS decides in memory; the store makes the decisions of one batch durable in one transaction, and only
/// for the current leader.
/// </summary>
/// <remarks>
/// A leader calls its store from two places: the commit loop (one <see cref="CommitAsync"/> at a time) and the renewal of leadership. A
/// standby reads while it tries to become leader. An implementation must not block leadership while a commit, a load or a read of changes
/// runs.
/// Every method throws <see cref="StoreException"/> when the store cannot be reached or returns an error.
/// </remarks>
public interface IBbsStore : IAsyncDisposable
{
    /// <summary>
    /// Starts a new term of leadership unless another owner holds it: it succeeds if the row is missing, has expired by the store's clock,
    /// was released, or belongs to the same owner. Each success increments the epoch, also for the same owner. Works on an empty database:
    /// the leadership tables are the only ones that exist before migrations.
    /// </summary>
    /// <param name="owner">Identifies one run of a process.</param>
    /// <param name="value">The URL of this node when it is active; standbys give it to clients.</param>
    /// <param name="ttl">Lifetime of the term without renewal.</param>
    Task<LeadershipAttempt> AcquireLeadershipAsync(string owner, string value, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Extends the term to now + <paramref name="ttl"/>.</summary>
    /// <exception cref="LeadershipLostException">Another term has begun.</exception>
    Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the term at once, so that a standby does not have to wait for it to expire. Does nothing if another term has begun.
    /// </summary>
    Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Migrates the schema to the version of this program. Called by the leader only, before it loads.</summary>
    /// <exception cref="LeadershipLostException">Another term has begun.</exception>
    Task MigrateAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Reads a consistent snapshot in key order and returns the revision of the last commit (0 for a new store).</summary>
    Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken);

    /// <summary>
    /// Whether the schema is of this program's version, so that a standby may read from the store before it has migrated it.
    /// </summary>
    Task<bool> IsMigratedAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads what the commits after a revision changed, as one snapshot. Costs one small query while there are none.
    /// </summary>
    /// <param name="since">A revision that this store has returned.</param>
    /// <returns>
    /// Null if the store cannot tell: it lists the keys of the last few thousand commits, but not of one that changed very many rows, and
    /// its schema may have been migrated meanwhile. Load everything then.
    /// </returns>
    Task<StateChanges?> ReadChangesAsync(ulong since, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the batch in one transaction. It first checks that <see cref="CommitBatch.Epoch"/> is still the leader's, in such a way that
    /// a new term can begin only before the check or after the commit.
    /// </summary>
    /// <exception cref="LeadershipLostException">Another term has begun; nothing was written.</exception>
    /// <exception cref="StoreException">
    /// If <see cref="StoreException.OutcomeUnknown"/> is false, nothing was written; if <see cref="StoreException.RowRefused"/> is also
    /// set, the cause is a row of the batch. If it is true, the connection broke between COMMIT and its reply, and the batch may or may not
    /// have been written.
    /// </exception>
    Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken);
}

/// <summary>Outcome of an attempt to become leader.</summary>
/// <param name="Epoch">The number of the new term, or 0 when another owner is the leader.</param>
/// <param name="HolderValue">The leader's value: this node's own after success.</param>
/// <param name="Remaining">Remaining time of the leader's term, by the store's clock.</param>
public readonly record struct LeadershipAttempt(long Epoch, string HolderValue, TimeSpan Remaining)
{
    /// <summary>
    /// After success: how long there was no leader, by the store's clock. Zero if there was no previous term, or if it was released or had
    /// not expired.
    /// </summary>
    public TimeSpan Vacancy { get; init; }

    public bool Acquired => Epoch > 0;
}

/// <summary>Receives the rows of a load. Called from one thread at a time; the reader owns each row that it receives.</summary>
public interface IStateReader
{
    void DesiredLrp(DesiredLRP row);

    void ActualLrp(ActualLRP row);

    void Task(OneOffTask row);

    void Domain(DomainRow row);

    void Cell(CellRow row);

    void AbsentCell(AbsentCell row);

    void CellLoss(CellLoss row);

    void Lock(LockRow row);
}

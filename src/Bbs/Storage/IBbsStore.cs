namespace Scheduler.Bbs.Storage;

/// <summary>
/// Where the BBS keeps what must survive it. The BBS decides in memory; the store makes the decisions of one batch
/// durable in one transaction, and only for the node that holds leadership.
/// </summary>
/// <remarks>
/// One node talks to its store from two places: the commit loop (one <see cref="CommitAsync"/> at a time) and the renewal
/// of leadership. An implementation must let a renewal through while a commit or a load runs.
/// Every method throws <see cref="StoreException"/> when the store cannot be reached or answers with an error of its own.
/// </remarks>
public interface IBbsStore : IAsyncDisposable
{
    /// <summary>
    /// Takes leadership for a new term, if nobody else holds it: the row is missing, has run out by the store's clock,
    /// was released, or is of the same owner. Each success raises the epoch by one, also for the same owner.
    /// Works on an empty database: the leadership table is the one thing that exists before migrations.
    /// </summary>
    /// <param name="owner">One run of a process.</param>
    /// <param name="value">Where clients reach this node when it is active; standbys hand it out.</param>
    /// <param name="ttl">How long the term lasts without a renewal.</param>
    Task<LeadershipAttempt> AcquireLeadershipAsync(string owner, string value, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Prolongs the term to now + <paramref name="ttl"/>.</summary>
    /// <exception cref="LeadershipLostException">Another term has begun.</exception>
    Task RenewLeadershipAsync(long epoch, TimeSpan ttl, CancellationToken cancellationToken);

    /// <summary>Ends the term at once, so that a standby need not wait for it to run out. Does nothing when another term has begun.</summary>
    Task ReleaseLeadershipAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Brings the schema to the version of this program. Called by the leader only, before it loads.</summary>
    /// <exception cref="LeadershipLostException">Another term has begun.</exception>
    Task MigrateAsync(long epoch, CancellationToken cancellationToken);

    /// <summary>Reads everything, as of one moment, in key order, and returns the revision of the last commit (0 for a new store).</summary>
    Task<ulong> LoadAsync(IStateReader reader, CancellationToken cancellationToken);

    /// <summary>
    /// Writes the batch in one transaction that first checks that <see cref="CommitBatch.Epoch"/> is still the leader's,
    /// in such a way that a new term can begin only before the check or after the commit.
    /// </summary>
    /// <exception cref="LeadershipLostException">Another term has begun; nothing was written.</exception>
    /// <exception cref="StoreException">
    /// With <see cref="StoreException.OutcomeUnknown"/> false: nothing was written; with <see cref="StoreException.RowRefused"/> because of
    /// what is in the batch. With true: the connection broke
    /// between COMMIT and its answer, and the batch may or may not be there.
    /// </exception>
    Task CommitAsync(CommitBatch batch, CancellationToken cancellationToken);
}

/// <summary>What came of an attempt to lead.</summary>
/// <param name="Epoch">The number of the new term, or 0 when another owner holds leadership.</param>
/// <param name="HolderValue">The holder's value: this node's own after success.</param>
/// <param name="Remaining">How long the holder's term lasts from now, by the store's clock.</param>
public readonly record struct LeadershipAttempt(long Epoch, string HolderValue, TimeSpan Remaining)
{
    /// <summary>
    /// After success: for how long nobody had led, by the store's clock. Zero when the term before was released or
    /// still ran, or there was none.
    /// </summary>
    public TimeSpan Vacancy { get; init; }

    public bool Acquired => Epoch > 0;
}

/// <summary>Receives the rows of a load. Called from one thread at a time; a row that is handed over belongs to the reader.</summary>
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

using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>The purpose of a session.</summary>
internal enum SessionRole
{
    /// <summary>Commits and migrations.</summary>
    Writer,

    /// <summary>Acquires, renews and releases leadership; must never wait for the writer.</summary>
    Leadership,

    /// <summary>Reads everything, or what changed, in one transaction.</summary>
    Loader,
}

/// <summary>What an error means for the caller.</summary>
internal enum SqlFault
{
    /// <summary>The transaction was rolled back in favour of another one: retry.</summary>
    Transient,

    /// <summary>The disk is full and nothing was written: retry when there is room.</summary>
    NoRoom,

    /// <summary>A value or key of a row breaks a rule of the table; the transaction had no effect, and the server is healthy.</summary>
    RowRefused,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>Differences between databases. Statements that all of them understand are written where they are used.</summary>
internal abstract class SqlDialect
{
    /// <summary>Begins a transaction that will write.</summary>
    public abstract string BeginWrite { get; }

    /// <summary>Begins a transaction whose reads all see the same snapshot, as of now.</summary>
    public abstract string BeginSnapshot { get; }

    /// <summary>Appended to a SELECT to lock the rows that it reads until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Whether a migration can be rolled back.</summary>
    public abstract bool TransactionalDdl { get; }

    /// <summary>Whether a term can be renewed while a transaction writes.</summary>
    public abstract bool RenewsBesideWriter { get; }

    /// <summary>Returns a row if the table of the schema's history exists.</summary>
    public abstract string FindSchema { get; }

    /// <summary>Maximum number of rows in one statement.</summary>
    public abstract int MaxRowsPerStatement { get; }

    /// <summary>Creates the leadership tables if they are missing.</summary>
    public abstract IReadOnlyList<string> Bootstrap { get; }

    /// <summary>Inserts the single row of each leadership table if it is missing.</summary>
    public abstract IReadOnlyList<string> Seed { get; }

    /// <summary>The schema's history; versions increase by one from 1.</summary>
    public abstract IReadOnlyList<Migration> Migrations { get; }

    /// <summary>Deletes all rows of a table, or as many as do not take long; none are left when it deletes none.</summary>
    public abstract string DeleteSome(string table);

    /// <summary>Sets up a new session, and fails with a clear error if the server is unsuitable.</summary>
    /// <returns>Maximum size of a statement in bytes.</returns>
    /// <exception cref="StoreException">The server is too old or configured in a way that would lose data.</exception>
    public abstract Task<long> PrepareAsync(SqlSession session, SessionRole role, CancellationToken cancellationToken);

    /// <summary>The time by which terms of leadership are measured, in Unix nanoseconds.</summary>
    public abstract Task<long> NowAsync(SqlSession session, CancellationToken cancellationToken);

    /// <summary>Breaks the writer's lock of an expired term whose node may be paused in the middle of a transaction.</summary>
    /// <returns>Whether a retry is worthwhile.</returns>
    public abstract Task<bool> BreakWriterAsync(SqlSession session, CancellationToken cancellationToken);

    /// <summary>Classifies an error in a statement before COMMIT.</summary>
    public abstract SqlFault Classify(DbException error);

    /// <summary>Called after each write: keeps the database usable when the disk is nearly full.</summary>
    public virtual Task TidyAsync(SqlSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>When the disk is full, frees the space that the database itself can give back.</summary>
    /// <returns>Whether a retry is worthwhile.</returns>
    public virtual Task<bool> MakeRoomAsync(SqlSession session, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>
    /// Prevents others from taking leadership while the full disk prevents renewal of its row. Lasts until <see cref="LetTermGo"/> or the
    /// end of the process. Returns false if the database has no such means, or if another process is taking leadership just now.
    /// </summary>
    public virtual bool TryHoldTerm() => false;

    public virtual void LetTermGo() { }

    /// <summary>Must be held while taking leadership. Null: a live leader holds its term by <see cref="TryHoldTerm"/>.</summary>
    public virtual IDisposable? TryEnterTakeover() => Nothing.Instance;

    /// <summary>Whether an error in reply to COMMIT proves that nothing was committed.</summary>
    public abstract bool CommitWasRefused(DbException error);

    /// <summary>The error as a message that an operator can act on, without values of rows.</summary>
    public abstract string Describe(DbException error);

    /// <summary>The error as the inner exception for callers; null when it quotes values of rows.</summary>
    public virtual Exception? Cause(DbException error) => error;

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose() { }
    }
}

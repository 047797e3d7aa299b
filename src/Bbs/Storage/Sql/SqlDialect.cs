using System.Data.Common;

namespace Scheduler.Bbs.Storage.Sql;

/// <summary>What a session is for.</summary>
internal enum SessionRole
{
    /// <summary>Commits and migrations.</summary>
    Writer,

    /// <summary>Takes, prolongs and ends leadership; must never wait behind the writer.</summary>
    Leadership,

    /// <summary>Reads everything in one transaction.</summary>
    Loader,
}

/// <summary>What an error means for the one who got it.</summary>
internal enum SqlFault
{
    /// <summary>The transaction was rolled back for the sake of another one: do it again.</summary>
    Transient,

    /// <summary>The disk is full and nothing was written: do it again when there is room.</summary>
    NoRoom,

    /// <summary>A value or a key of a row breaks a rule of the table's; the transaction has no effect, and the server is well.</summary>
    RowRefused,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>What differs between databases. Statements that both understand stand where they are used.</summary>
internal abstract class SqlDialect
{
    /// <summary>Begins a transaction that will write.</summary>
    public abstract string BeginWrite { get; }

    /// <summary>Begins a transaction whose every read is as of now.</summary>
    public abstract string BeginSnapshot { get; }

    /// <summary>Appended to a SELECT to lock what it reads until the transaction ends.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Whether a migration can be rolled back.</summary>
    public abstract bool TransactionalDdl { get; }

    /// <summary>How many rows one statement may carry.</summary>
    public abstract int MaxRowsPerStatement { get; }

    /// <summary>Creates the tables of leadership, if they are missing.</summary>
    public abstract IReadOnlyList<string> Bootstrap { get; }

    /// <summary>Gives the tables of leadership their one row, if it is missing.</summary>
    public abstract IReadOnlyList<string> Seed { get; }

    /// <summary>The schema's history; numbers rise by one from 1.</summary>
    public abstract IReadOnlyList<Migration> Migrations { get; }

    /// <summary>Sets up a new session, and says clearly why the server is not one to work with.</summary>
    /// <returns>How many bytes a statement may have.</returns>
    /// <exception cref="StoreException">The server is too old or set up in a way that would lose data.</exception>
    public abstract Task<long> PrepareAsync(SqlSession session, SessionRole role, CancellationToken cancellationToken);

    /// <summary>The time that terms of leadership are measured by, in Unix nanoseconds.</summary>
    public abstract Task<long> NowAsync(SqlSession session, CancellationToken cancellationToken);

    /// <summary>Frees the writer's lock of a term that has run out, whose node may be stopped in the middle of a transaction.</summary>
    /// <returns>Whether something was done that makes another try worth while.</returns>
    public abstract Task<bool> BreakWriterAsync(SqlSession session, CancellationToken cancellationToken);

    /// <summary>What an error in a statement before COMMIT means.</summary>
    public abstract SqlFault Classify(DbException error);

    /// <summary>Called after each write: keeps the database from running into the end of a disk that is nearly full.</summary>
    public virtual Task TidyAsync(SqlSession session, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Frees what the database itself can give back of a full disk.</summary>
    /// <returns>Whether something was done that makes another try worth while.</returns>
    public virtual Task<bool> MakeRoomAsync(SqlSession session, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <summary>
    /// Keeps anybody else from taking the leadership while its row cannot be prolonged for want of room. Holds until
    /// <see cref="LetTermGo"/> or the end of the process. False: there is no such way, or somebody is taking it just now.
    /// </summary>
    public virtual bool TryHoldTerm() => false;

    public virtual void LetTermGo()
    {
    }

    /// <summary>To be held while leadership is taken. Null: a leader that lives holds its term so.</summary>
    public virtual IDisposable? TryEnterTakeover() => Nothing.Instance;

    /// <summary>Whether an error in answer to COMMIT proves that nothing was committed.</summary>
    public abstract bool CommitWasRefused(DbException error);

    /// <summary>The error in words that an operator can act on, without values of rows.</summary>
    public abstract string Describe(DbException error);

    /// <summary>The error itself as the cause of what is thrown to callers; null when it quotes values of rows.</summary>
    public virtual Exception? Cause(DbException error) => error;

    private sealed class Nothing : IDisposable
    {
        public static readonly Nothing Instance = new();

        public void Dispose()
        {
        }
    }
}

using System.Data.Common;
using Microsoft.Data.Sqlite;
using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>
/// SQLite in WAL mode: one writer at a time; readers see the state as of their begin. All processes are on one machine, so terms are
/// measured by its clock. A jump of that clock can end a term early; the epoch makes that harmless.
/// </summary>
internal sealed class SqliteDialect(SqliteStoreOptions options, TimeProvider time, IReadOnlyList<Migration>? migrations = null) : SqlDialect
{
    // Result codes: https://www.sqlite.org/rescode.html
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int TooBig = 18;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int NotADatabase = 26;

    private readonly SqliteTermLock _term = new(options.Path + "-leader");

    /// <summary>Takes the write lock at once, so that a transaction does not fail halfway because another one was first.</summary>
    public override string BeginWrite => "BEGIN IMMEDIATE";

    public override string BeginSnapshot => "BEGIN";

    // The write lock covers the whole database.
    public override string ForUpdate => "";

    public override bool TransactionalDdl => true;

    public override bool RenewsBesideWriter => false;

    public override string FindSchema =>
        """
            SELECT 1
            FROM sqlite_master
            WHERE type = 'table' AND name = 'bbs_schema'
            """;

    // Reusing a compiled statement of one row is faster here than a statement of many rows: there are no network round trips to save.
    public override int MaxRowsPerStatement => 1;

    public override IReadOnlyList<string> Bootstrap => SqliteSchema.Bootstrap;

    public override IReadOnlyList<string> Seed => SqliteSchema.Seed;

    public override IReadOnlyList<Migration> Migrations { get; } = migrations ?? SqliteSchema.Migrations;

    // Without a condition, it drops the table's pages instead of visiting its rows.
    public override string DeleteSome(string table) => $"DELETE FROM {table}";

    public override async Task<long> PrepareAsync(SqlSession session, SessionRole role, CancellationToken cancellationToken)
    {
        var mode = await session.RowAsync("PRAGMA journal_mode = WAL", cancellationToken);
        if (mode is not ["wal"])
            throw new StoreException(
                $"{options.Path}: the file system does not support SQLite's write-ahead log; put the file on a local disk, not on a "
                    + "network share"
            );
        // Not in the directory for temporary files, which may be full when the store's is not.
        await session.ExecuteAsync("PRAGMA temp_store = MEMORY", cancellationToken);
        // Cuts the log back after one large commit.
        await session.ExecuteAsync("PRAGMA journal_size_limit = 16777216", cancellationToken);
        await session.ExecuteAsync(
            options.SurvivePowerLoss ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL",
            cancellationToken
        );
        return long.MaxValue;
    }

    public override Task<long> NowAsync(SqlSession session, CancellationToken cancellationToken) =>
        Task.FromResult(UnixNanos.From(time.GetUtcNow()));

    // A process that is paused in a transaction holds the file's lock, and only the end of that process releases it.
    public override Task<bool> BreakWriterAsync(SqlSession session, CancellationToken cancellationToken) => Task.FromResult(false);

    public override SqlFault Classify(DbException error) =>
        (error as SqliteException)?.SqliteErrorCode switch
        {
            Busy or Locked => SqlFault.Transient,
            Full => SqlFault.NoRoom,
            TooBig or Constraint or Mismatch => SqlFault.RowRefused,
            _ => SqlFault.Other,
        };

    // Busy is returned before anything is written. Full occurs before the last frame is written, and only that frame makes the transaction
    // valid. After any other error, the frames in the log may be found valid at the next start.
    public override bool CommitWasRefused(DbException error) => error is SqliteException { SqliteErrorCode: Busy or Locked or Full };

    /// <summary>Checkpoints: writes the log's pages to the database, mostly over older pages, and truncates the log file.</summary>
    public override async Task<bool> MakeRoomAsync(SqlSession session, CancellationToken cancellationToken)
    {
        try
        {
            return await session.RowAsync("PRAGMA wal_checkpoint(TRUNCATE)", cancellationToken) is [0L, ..];
        }
        catch (SqliteException)
        {
            // The database has no room to grow either; the original error already reports that.
            return false;
        }
    }

    /// <summary>
    /// The log can restart only after its content fits into the database. So it is checkpointed while there is room: a log that has used up
    /// the disk could never be emptied, and not even a term could be renewed.
    /// </summary>
    public override async Task TidyAsync(SqlSession session, CancellationToken cancellationToken)
    {
        if (IsNearlyFull())
            await MakeRoomAsync(session, cancellationToken);
    }

    private bool IsNearlyFull()
    {
        try
        {
            var log = new FileInfo(options.Path + "-wal");
            return log is { Exists: true, Length: > 0 }
                && new DriveInfo(Path.GetDirectoryName(Path.GetFullPath(options.Path))!).AvailableFreeSpace < 2 * log.Length;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The write has succeeded; a failure to query the disk does not change that.
            return false;
        }
    }

    public override bool TryHoldTerm() => _term.TryHold();

    public override void LetTermGo() => _term.LetGo();

    public override IDisposable? TryEnterTakeover() => _term.TryEnter();

    public override string Describe(DbException error) =>
        $"{options.Path}: "
        + (
            (error as SqliteException)?.SqliteErrorCode switch
            {
                ReadOnly => "the database file or its directory is read-only",
                Full => "the disk is full",
                CannotOpen => "the database file cannot be opened: its directory must exist and be writable",
                Corrupt or NotADatabase => $"the file is damaged or not an SQLite database ({error.Message})",
                Busy or Locked => "another process holds the database's write lock",
                _ => error.Message,
            }
        );
}

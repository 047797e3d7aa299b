using System.Data.Common;
using System.Globalization;
using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>
/// MySQL and MariaDB with InnoDB. Terms are measured by the server's clock, so the clocks of the nodes do not have to agree. A jump of the
/// server's clock can end a term early; the epoch makes that harmless.
/// </summary>
internal sealed class MySqlDialect(MySqlStoreOptions options, IReadOnlyList<Migration>? migrations = null) : SqlDialect
{
    // Error numbers: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
    private const int DiskFull = 1021;
    private const int WriteFailed = 1026;
    private const int EngineError = 1030;
    private const int CannotConnect = 1042;
    private const int DatabaseDenied = 1044;
    private const int AccessDenied = 1045;
    private const int UnknownDatabase = 1049;
    private const int TableFull = 1114;
    private const int PacketTooLarge = 1153;
    private const int LockWaitTimeout = 1205;
    private const int Deadlock = 1213;
    private const int OptionPreventsStatement = 1290;
    private const int WrongValueForField = 1366;
    private const int ReadOnlyTransaction = 1792;
    private const int ReadOnlyMode = 1836;
    private const int CheckViolated = 3819;

    // Room for the statement text around the values.
    private const long PacketSlack = 64 * 1024;

    // The name of the writer's user lock on the server: it identifies the writer's connection, and the server releases it with that
    // connection.
    private const string WriterLock = "CONCAT('bbs-writer-', MD5(DATABASE()))";

    private const string ReadServer = """
        SELECT VERSION(), @@character_set_client, @@character_set_connection, @@max_allowed_packet
        """;

    private const string ReadNow = """
        SELECT CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)
        """;

    public override string BeginWrite => "START TRANSACTION";

    public override string BeginSnapshot => "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY";

    public override string ForUpdate => " FOR UPDATE";

    public override bool TransactionalDdl => false;

    public override bool RenewsBesideWriter => true;

    public override string FindSchema =>
        """
            SELECT 1
            FROM information_schema.tables
            WHERE table_schema = DATABASE() AND table_name = 'bbs_schema'
            """;

    // Beyond 200 rows, the time per row hardly falls.
    public override int MaxRowsPerStatement => 250;

    public override IReadOnlyList<string> Bootstrap => MySqlSchema.Bootstrap;

    public override IReadOnlyList<string> Seed => MySqlSchema.Seed;

    public override IReadOnlyList<Migration> Migrations { get; } = migrations ?? MySqlSchema.Migrations;

    public override string DeleteSome(string table) => $"DELETE FROM {table} LIMIT 10000";

    public override async Task<long> PrepareAsync(SqlSession session, SessionRole role, CancellationToken cancellationToken)
    {
        var server = (await session.RowAsync(ReadServer, cancellationToken))!;
        var version = Convert.ToString(server[0], CultureInfo.InvariantCulture)!;
        if (!ServerVersion.Parse(version).IsSupported)
            throw new StoreException($"the server is {version}, but the store requires at least {ServerVersion.Needed}");
        if (
            Convert.ToString(server[1], CultureInfo.InvariantCulture) != "utf8mb4"
            || Convert.ToString(server[2], CultureInfo.InvariantCulture) != "utf8mb4"
        )
            throw new StoreException(
                $"the connection's character set is {server[1]}/{server[2]}, but the store requires utf8mb4, because others would corrupt "
                    + "names"
            );

        // Strict mode: a value that does not fit is an error and is never truncated.
        await session.ExecuteAsync("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'", cancellationToken);
        await session.ExecuteAsync("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancellationToken);
        var lockWait = Math.Max(1, (int)Math.Ceiling(options.LockWait.TotalSeconds));
        await session.ExecuteAsync($"SET SESSION innodb_lock_wait_timeout = {lockWait}", cancellationToken);
        if (role == SessionRole.Writer)
            await session.RowAsync($"SELECT GET_LOCK({WriterLock}, 0)", cancellationToken);
        return Convert.ToInt64(server[3], CultureInfo.InvariantCulture) - PacketSlack;
    }

    public override async Task<long> NowAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var now = await session.RowAsync(ReadNow, cancellationToken);
        return Convert.ToInt64(now![0], CultureInfo.InvariantCulture) * 1000;
    }

    public override async Task<bool> BreakWriterAsync(SqlSession session, CancellationToken cancellationToken)
    {
        var holder = await session.RowAsync($"SELECT IS_USED_LOCK({WriterLock})", cancellationToken);
        if (holder is not [not DBNull and { } id])
            return false;
        await session.ExecuteAsync($"KILL {Convert.ToInt64(id, CultureInfo.InvariantCulture)}", cancellationToken);
        return true;
    }

    public override SqlFault Classify(DbException error)
    {
        if (Number(error) is LockWaitTimeout or Deadlock)
            return SqlFault.Transient;
        if (IsFull(error))
            return SqlFault.NoRoom;
        // Two SQLSTATE classes, data exceptions and integrity constraint violations, plus errors for which MySQL has no such class.
        return error.SqlState is ['2', '2' or '3', ..] || Number(error) is PacketTooLarge or WrongValueForField or CheckViolated
            ? SqlFault.RowRefused
            : SqlFault.Other;
    }

    // Any other error may have been reported, or may have broken the connection, after the commit.
    public override bool CommitWasRefused(DbException error) =>
        Number(error) is LockWaitTimeout or Deadlock or OptionPreventsStatement or ReadOnlyTransaction or ReadOnlyMode;

    public override string Describe(DbException error) =>
        Number(error) switch
        {
            CannotConnect => $"cannot connect to {MySqlConnectionString.Host(options.ConnectionString)} ({WithCauses(error)})",
            AccessDenied or DatabaseDenied => $"the server rejected the user, the password or the database ({error.Message})",
            UnknownDatabase => $"the database does not exist ({error.Message})",
            _ when IsFull(error) => $"the server's disk, or a table, is full ({error.Message})",
            PacketTooLarge => $"a statement is larger than the server's max_allowed_packet ({error.Message})",
            OptionPreventsStatement or ReadOnlyTransaction or ReadOnlyMode =>
                $"the server is read-only; the store requires the primary, not a replica ({error.Message})",
            _ => WithCauses(error),
        };

    public override Exception? Cause(DbException error) =>
        ServerMessage.WithoutValues(Number(error), error.Message) == error.Message ? error : null;

    // The provider's own message is short ("SSL Authentication Error"); the cause is in the inner exceptions.
    private static string WithCauses(DbException error)
    {
        var parts = new List<string> { ServerMessage.WithoutValues(Number(error), error.Message) };
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (!parts.Contains(cause.Message))
                parts.Add(cause.Message);
        }
        return string.Join(": ", parts);
    }

    // 28 is the system's error number for a full disk; two server errors only pass it on.
    private static bool IsFull(DbException error) =>
        Number(error) switch
        {
            DiskFull or TableFull => true,
            WriteFailed or EngineError => error.Message.Contains("rror 28", StringComparison.Ordinal)
                || error.Message.Contains("errno: 28", StringComparison.Ordinal)
                || error.Message.Contains("Errcode: 28", StringComparison.Ordinal),
            _ => false,
        };

    // The provider stores the server's error number there.
    private static int Number(DbException error) => error.Data["Server Error Code"] is int number ? number : 0;
}

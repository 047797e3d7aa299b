using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Scheduler.MariaDb.Native;
using Scheduler.MariaDb.Rows;
using Scheduler.MariaDb.Sql;

namespace Scheduler.MariaDb.Sessions;

/// <summary>
/// One connection to the server. Its methods block and are called one at a time: directly by synchronous callers, on
/// <see cref="Worker"/> for asynchronous ones. Only <see cref="Abort"/> may be called from anywhere.
/// </summary>
internal sealed unsafe class MariaDbSession : IDisposable
{
    private const int StatusInTransaction = 0x1;
    private const int StatusNoBackslashEscapes = 0x200;
    private const int StatusAnsiQuotes = 0x8000;

    private readonly MySqlHandle _mysql;
    private volatile bool _broken;

    private MariaDbSession(MySqlHandle mysql, ConnectionSettings settings, SessionWorker worker, TimeProvider time)
    {
        _mysql = mysql;
        Settings = settings;
        Worker = worker;
        Time = time;
        OpenedAt = LastUsedAt = time.GetTimestamp();
        ThreadId = (long)LibMariaDb.mysql_thread_id(mysql);
        ServerVersion = Marshal.PtrToStringUTF8(LibMariaDb.mysql_get_server_info(mysql)) ?? "";
    }

    public ConnectionSettings Settings { get; }

    public SessionWorker Worker { get; }

    public TimeProvider Time { get; }

    /// <summary>The server's number of this connection, for KILL.</summary>
    public long ThreadId { get; }

    public string ServerVersion { get; }

    /// <summary>Largest statement that the server takes, in bytes.</summary>
    public long MaxAllowedPacket { get; private set; }

    /// <summary>Timestamps of <see cref="Time"/>.</summary>
    public long OpenedAt { get; }

    public long LastUsedAt { get; set; }

    /// <summary>Which clearing of the pool the session was opened after.</summary>
    public int Generation { get; init; }

    /// <summary>The connection is lost or was cut; it can only be closed.</summary>
    public bool IsBroken => _broken;

    public bool InTransaction => (Status & StatusInTransaction) != 0;

    public SqlDialect Dialect
    {
        get
        {
            var status = Status;
            return new SqlDialect((status & StatusNoBackslashEscapes) != 0, (status & StatusAnsiQuotes) != 0);
        }
    }

    public int LastErrorNumber => NativeError.Number(_mysql);

    private int Status
    {
        get
        {
            const int serverStatus = 30;
            var status = 0;
            LibMariaDb.mariadb_get_info(_mysql, serverStatus, &status);
            return status;
        }
    }

    /// <summary>Connects and prepares the session.</summary>
    public static MariaDbSession Open(ConnectionSettings settings, SessionWorker worker, TimeProvider time, int generation = 0)
    {
        var session = new MariaDbSession(NativeConnect.Open(settings, settings.ConnectTimeout), settings, worker, time) { Generation = generation };
        try
        {
            session.Bounded(settings.ConnectTimeout, static session =>
            {
                session.InitialiseVariables();
                session.MaxAllowedPacket = long.Parse(session.QueryText("SELECT @@max_allowed_packet"u8), CultureInfo.InvariantCulture);
            });
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Makes a session that was used by somebody else as good as new, or proves that it still answers.</summary>
    /// <returns>False if it is lost.</returns>
    public bool TryRevive()
    {
        try
        {
            Bounded(Settings.ConnectTimeout, static session =>
            {
                if (session.Settings.ConnectionReset)
                {
                    session.Check(LibMariaDb.mysql_reset_connection(session._mysql) == 0);
                    session.InitialiseVariables();
                }
                else
                {
                    session.Check(LibMariaDb.mysql_ping(session._mysql) == 0);
                }
            });
            return true;
        }
        catch (MariaDbException)
        {
            _broken = true;
            return false;
        }
    }

    public void Ping() => Bounded(Settings.ConnectTimeout, static session => session.Check(LibMariaDb.mysql_ping(session._mysql) == 0));

    /// <summary>Sends a statement and reads the first answer. Its rows, if any, must be read before anything else is sent.</summary>
    public void Execute(ReadOnlySpan<byte> statement, bool hideValues)
    {
        // The server would hang up in the middle of it, and what the caller saw then would depend on who noticed first.
        if (statement.Length >= MaxAllowedPacket && MaxAllowedPacket > 0)
        {
            throw new MariaDbException(
                $"A statement of {statement.Length} bytes is larger than the server takes (max_allowed_packet is {MaxAllowedPacket} bytes).",
                MariaDbErrors.PacketTooLarge,
                "08S01");
        }

        fixed (byte* bytes = statement) Check(LibMariaDb.mysql_real_query(_mysql, bytes, (nuint)statement.Length) == 0, hideValues);
    }

    /// <summary>Executes a statement of the provider's own and passes over its results.</summary>
    public void ExecuteAndDrain(ReadOnlySpan<byte> statement)
    {
        Execute(statement, hideValues: false);
        do
        {
            using var result = UseResult();
            if (result is not null) Drain(result, hideValues: false);
        }
        while (NextResult(hideValues: false));
    }

    /// <summary>The rows of the current answer, or null if it has none.</summary>
    public ResultHandle? UseResult()
    {
        if (LibMariaDb.mysql_field_count(_mysql) == 0) return null;
        var result = LibMariaDb.mysql_use_result(_mysql);
        Check(result != 0);
        return new ResultHandle(result, _mysql);
    }

    /// <summary>Goes on to the answer to the next statement of several.</summary>
    public bool NextResult(bool hideValues)
    {
        // An error ends all of the statements, whatever the flag of the last answer before it says.
        if (LastErrorNumber != 0 || LibMariaDb.mysql_more_results(_mysql) == 0) return false;
        var code = LibMariaDb.mysql_next_result(_mysql);
        Check(code <= 0, hideValues);
        return code == 0;
    }

    /// <summary>Reads what is left of the rows.</summary>
    public void Drain(ResultHandle result, bool hideValues)
    {
        while (!result.IsDrained)
        {
            if (LibMariaDb.mysql_fetch_row(result) == null) CheckEndOfRows(result, hideValues);
        }
    }

    /// <summary>Called when a row was asked for and none came: either that was the last, or something broke.</summary>
    public void CheckEndOfRows(ResultHandle result, bool hideValues)
    {
        result.IsDrained = true;
        Check(LastErrorNumber == 0, hideValues);
    }

    public ColumnInfo[] ReadColumns(ResultHandle result)
    {
        var columns = new ColumnInfo[LibMariaDb.mysql_num_fields(result)];
        var fields = LibMariaDb.mysql_fetch_fields(result);
        for (var i = 0; i < columns.Length; i++) columns[i] = ColumnInfo.From(fields[i], Settings);
        return columns;
    }

    /// <summary>Rows that the current answer's statement touched; -1 for one with rows.</summary>
    public long AffectedRows => unchecked((long)LibMariaDb.mysql_affected_rows(_mysql));

    public long LastInsertId => unchecked((long)LibMariaDb.mysql_insert_id(_mysql));

    public void SelectDatabase(string name) =>
        Bounded(Settings.ConnectTimeout, session => session.Check(LibMariaDb.mysql_select_db(session._mysql, name) == 0));

    /// <summary>Gives up what a transaction left behind holds, before the session goes back to the pool.</summary>
    public void RollbackLeftovers()
    {
        if (!IsBroken && InTransaction) Bounded(Settings.ConnectTimeout, static session => session.ExecuteAndDrain("ROLLBACK"u8));
    }

    /// <summary>Cuts the connection. A call that is blocked on it fails at once.</summary>
    public void Abort()
    {
        _broken = true;
        _mysql.Abort();
    }

    public void Dispose()
    {
        // The goodbye to a server that does not read would block.
        if (_broken) _mysql.Abort();
        _mysql.Dispose();
    }

    /// <summary>Runs the session's own small commands; the connection is cut if they take longer than <paramref name="limit"/>.</summary>
    private void Bounded(TimeSpan limit, Action<MariaDbSession> work)
    {
        using var timer = limit == Timeout.InfiniteTimeSpan
            ? null
            : Time.CreateTimer(static session => ((MariaDbSession)session!).Abort(), this, limit, Timeout.InfiniteTimeSpan);
        work(this);
    }

    private void InitialiseVariables()
    {
        // A reset goes back to the server's character set, but stays in the database that was last used.
        // The time zone is what TIMESTAMP columns are converted to.
        var statement = Settings.DateTimeKind == DateTimeKind.Utc ? "SET NAMES utf8mb4, time_zone = '+00:00'" : "SET NAMES utf8mb4";
        if (Settings.Database.Length > 0) statement += $"; USE {SqlNames.Quote(Settings.Database)}";
        ExecuteAndDrain(Encoding.UTF8.GetBytes(statement));
    }

    private string QueryText(ReadOnlySpan<byte> statement)
    {
        Execute(statement, hideValues: false);
        using var result = UseResult() ?? throw new InvalidOperationException("The statement has no rows.");
        var row = LibMariaDb.mysql_fetch_row(result);
        if (row == null) CheckEndOfRows(result, hideValues: false);
        var text = row == null ? "" : Encoding.UTF8.GetString(row[0], (int)LibMariaDb.mysql_fetch_lengths(result)[0]);
        Drain(result, hideValues: false);
        return text;
    }

    private void Check(bool succeeded, bool hideValues = false)
    {
        if (succeeded) return;
        var error = NativeError.Read(_mysql, hideValues);
        if (MariaDbErrors.BreaksConnection(error.Number)) _broken = true;
        throw error;
    }
}

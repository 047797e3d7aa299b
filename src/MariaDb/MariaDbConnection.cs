using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Scheduler.MariaDb.Pooling;
using Scheduler.MariaDb.Sessions;

namespace Scheduler.MariaDb;

/// <summary>A connection to a MariaDB or MySQL server. Used by one caller at a time, as ADO.NET has it; only cancelling may come from elsewhere.</summary>
public sealed class MariaDbConnection : DbConnection
{
    private readonly Lock _gate = new();
    private SessionSource? _source;
    private string _connectionString = "";
    private MariaDbSession? _session;
    private MariaDbDataReader? _reader;
    private MariaDbCommand? _running;
    private string _database = "";
    private ConnectionState _state = ConnectionState.Closed;
    private bool _wasOpened;

    public MariaDbConnection()
    {
    }

    /// <exception cref="ArgumentException">The connection string has an unknown keyword or a wrong value.</exception>
    public MariaDbConnection(string connectionString) => ConnectionString = connectionString;

    internal MariaDbConnection(SessionSource source) => UseSource(source);

    /// <summary>Once opened, without the password, unless Persist Security Info=true.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => _wasOpened ? _source!.Settings.DisplayString : _connectionString;
        set
        {
            if (_session is not null) throw new InvalidOperationException("The connection is open.");
            if (string.IsNullOrEmpty(value))
            {
                _source = null;
                _connectionString = "";
                return;
            }

            UseSource(PoolRegistry.Get(value));
        }
    }

    public override int ConnectionTimeout => _source is null ? 0 : Math.Max(0, (int)_source.Settings.ConnectTimeout.TotalSeconds);

    public override string Database => _session is null ? _source?.Settings.Database ?? "" : _database;

    public override string DataSource => _source?.Settings.Server ?? "";

    public override string ServerVersion => Session.ServerVersion;

    /// <summary>The server's number of this connection.</summary>
    public int ServerThread => (int)Session.ThreadId;

    /// <summary>Broken once the connection was lost: it can be closed and opened again.</summary>
    public override ConnectionState State => _session is { IsBroken: true } ? ConnectionState.Broken : _state;

    internal ConnectionSettings? Settings => _source?.Settings;

    internal MariaDbTransaction? CurrentTransaction { get; set; }

    internal MariaDbSession Session => _session ?? throw new InvalidOperationException("The connection is not open.");

    protected override DbProviderFactory DbProviderFactory => MariaDbProviderFactory.Instance;

    /// <summary>Closes the idle connections of all pools; those in use are closed when they come back.</summary>
    public static void ClearAllPools() => PoolRegistry.ClearAll();

    /// <summary>As <see cref="ClearAllPools"/>, for the pool of one connection string.</summary>
    public static void ClearPool(MariaDbConnection connection) => connection._source?.Clear();

    public override void Open()
    {
        var source = BeginOpen();
        try
        {
            CompleteOpen(source.Rent());
        }
        catch
        {
            _state = ConnectionState.Closed;
            throw;
        }
    }

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        var source = BeginOpen();
        try
        {
            CompleteOpen(await source.RentAsync(cancellationToken));
        }
        catch
        {
            _state = ConnectionState.Closed;
            throw;
        }
    }

    public override void Close()
    {
        if (_session is not { } session) return;
        _reader?.Close();
        EndClose();
        try
        {
            session.RollbackLeftovers();
        }
        catch (MariaDbException) when (session.IsBroken)
        {
            // The source discards it.
        }
        finally
        {
            _source!.Return(session);
        }
    }

    public override async Task CloseAsync()
    {
        if (_session is not { } session) return;
        if (_reader is not null) await _reader.CloseAsync();
        EndClose();
        try
        {
            if (!session.IsBroken && session.InTransaction) await session.Worker.RunAsync(() => RolledBack(session));
        }
        catch (MariaDbException) when (session.IsBroken)
        {
            // The source discards it.
        }
        finally
        {
            _source!.Return(session);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await base.DisposeAsync();
    }

    public override void ChangeDatabase(string databaseName)
    {
        CheckFree();
        Session.SelectDatabase(databaseName);
        _database = databaseName;
    }

    /// <summary>Asks the server for a sign of life.</summary>
    /// <exception cref="MariaDbException">The connection is lost.</exception>
    public async Task PingAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        CheckFree();
        var session = Session;
        await session.Worker.RunAsync(() =>
        {
            session.Ping();
            return true;
        });
    }

    public new MariaDbCommand CreateCommand() => new() { Connection = this, Transaction = CurrentTransaction };

    public new MariaDbTransaction BeginTransaction(IsolationLevel isolationLevel = IsolationLevel.Unspecified)
    {
        using var command = MariaDbTransaction.StartCommand(this, isolationLevel);
        command.ExecuteNonQuery();
        return CurrentTransaction = new MariaDbTransaction(this, isolationLevel);
    }

    public new ValueTask<MariaDbTransaction> BeginTransactionAsync(CancellationToken cancellationToken = default) =>
        BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);

    public new async ValueTask<MariaDbTransaction> BeginTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken = default)
    {
        await using var command = MariaDbTransaction.StartCommand(this, isolationLevel);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return CurrentTransaction = new MariaDbTransaction(this, isolationLevel);
    }

    /// <summary>Makes the reader the one thing that the connection does until it is released.</summary>
    internal void Take(MariaDbDataReader reader, MariaDbCommand command)
    {
        lock (_gate)
        {
            CheckFree();
            _reader = reader;
            _running = command;
        }
    }

    internal void Release(MariaDbDataReader reader)
    {
        lock (_gate)
        {
            if (_reader != reader) return;
            _reader = null;
            _running = null;
        }
    }

    internal void CancelRunOf(MariaDbCommand command)
    {
        lock (_gate)
        {
            if (_running == command) _reader!.Run.Cancel();
        }
    }

    /// <summary>A command outside of the transaction that its connection is in is most likely a mistake, so it is refused.</summary>
    internal void CheckTransaction(MariaDbCommand command)
    {
        if (Session.Settings.IgnoreCommandTransaction || command.Transaction == CurrentTransaction) return;
        if (command.Transaction is { IsCompleted: true } && CurrentTransaction is null) return;
        throw new InvalidOperationException("The command's transaction is not the one that its connection is in. Set the command's Transaction.");
    }

    protected override DbCommand CreateDbCommand() => CreateCommand();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => BeginTransaction(isolationLevel);

    protected override async ValueTask<DbTransaction> BeginDbTransactionAsync(IsolationLevel isolationLevel, CancellationToken cancellationToken) =>
        await BeginTransactionAsync(isolationLevel, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) Close();
        base.Dispose(disposing);
    }

    private static bool RolledBack(MariaDbSession session)
    {
        session.RollbackLeftovers();
        return true;
    }

    private void UseSource(SessionSource source)
    {
        _source = source;
        _connectionString = source.Settings.ConnectionString;
        _wasOpened = false;
    }

    private SessionSource BeginOpen()
    {
        if (_state != ConnectionState.Closed) throw new InvalidOperationException("The connection is already open.");
        var source = _source ?? throw new InvalidOperationException("The connection has no connection string.");
        _state = ConnectionState.Connecting;
        return source;
    }

    private void CompleteOpen(MariaDbSession session)
    {
        _session = session;
        _database = session.Settings.Database;
        _wasOpened = true;
        _state = ConnectionState.Open;
        OnStateChange(new StateChangeEventArgs(ConnectionState.Closed, ConnectionState.Open));
    }

    private void EndClose()
    {
        _session = null;
        _state = ConnectionState.Closed;
        CurrentTransaction = null;
        OnStateChange(new StateChangeEventArgs(ConnectionState.Open, ConnectionState.Closed));
    }

    private void CheckFree()
    {
        if (_reader is not null)
            throw new InvalidOperationException("The connection is in use by another command, or by a reader that is still open.");
    }
}

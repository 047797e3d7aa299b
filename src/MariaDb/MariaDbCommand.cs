using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Scheduler.MariaDb.Sessions;
using Scheduler.MariaDb.Sql;

namespace Scheduler.MariaDb;

/// <summary>
/// One or more statements, separated by semicolons, with named (<c>@name</c>) or positional (<c>?</c>) parameters. The values are written into
/// the text on this side, escaped as the session's sql_mode asks.
/// </summary>
public sealed class MariaDbCommand : DbCommand
{
    /// <summary>Timers count milliseconds in 32 bits.</summary>
    private const int LongestTimeoutSeconds = int.MaxValue / 1000;

    private string _text = "";
    private SqlText? _parsed;
    private int? _timeoutSeconds;

    public MariaDbCommand()
    {
    }

    public MariaDbCommand(string commandText, MariaDbConnection? connection = null, MariaDbTransaction? transaction = null)
    {
        CommandText = commandText;
        Connection = connection;
        Transaction = transaction;
    }

    [AllowNull]
    public override string CommandText
    {
        get => _text;
        set
        {
            _text = value ?? "";
            _parsed = null;
        }
    }

    /// <summary>Seconds that the execution, and each wait for further rows, may take; 0 waits forever. As the connection string says, unless set.</summary>
    public override int CommandTimeout
    {
        get => _timeoutSeconds ?? Connection?.Settings?.CommandTimeoutSeconds ?? (int)ConnectionOption.CommandTimeout.Default;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _timeoutSeconds = value;
        }
    }

    /// <summary>Only <see cref="CommandType.Text"/>.</summary>
    public override CommandType CommandType
    {
        get => CommandType.Text;
        set
        {
            if (value != CommandType.Text) throw new NotSupportedException($"Commands of type {value} are not supported; write the statement out.");
        }
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    public new MariaDbConnection? Connection { get; set; }

    public new MariaDbTransaction? Transaction { get; set; }

    public new MariaDbParameterCollection Parameters { get; } = [];

    /// <summary>The AUTO_INCREMENT value that the last execution made; of several rows the first.</summary>
    public long LastInsertedId { get; internal set; }

    protected override DbConnection? DbConnection
    {
        get => Connection;
        set => Connection = (MariaDbConnection?)value;
    }

    protected override DbTransaction? DbTransaction
    {
        get => Transaction;
        set => Transaction = (MariaDbTransaction?)value;
    }

    protected override DbParameterCollection DbParameterCollection => Parameters;

    /// <summary>Stops the command if it is being executed, or its rows are being read. It then fails as interrupted. Returns without waiting for that.</summary>
    public override void Cancel() => Connection?.CancelRunOf(this);

    /// <summary>Finds the parameters' places ahead of time. Nothing is prepared on the server.</summary>
    public override void Prepare() => _ = Parse(OpenConnection().Session);

    public new MariaDbParameter CreateParameter() => new();

    public new MariaDbDataReader ExecuteReader(CommandBehavior behavior = CommandBehavior.Default) => Execute(Begin(behavior), consume: false, CancellationToken.None);

    public new Task<MariaDbDataReader> ExecuteReaderAsync(CancellationToken cancellationToken) => ExecuteReaderAsync(CommandBehavior.Default, cancellationToken);

    public new async Task<MariaDbDataReader> ExecuteReaderAsync(CommandBehavior behavior = CommandBehavior.Default, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var execution = Begin(behavior);
        return await execution.Session.Worker.RunAsync(() => Execute(execution, consume: false, cancellationToken));
    }

    public override int ExecuteNonQuery()
    {
        using var reader = Execute(Begin(CommandBehavior.Default), consume: true, CancellationToken.None);
        return reader.RecordsAffected;
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var execution = Begin(CommandBehavior.Default);
        return await execution.Session.Worker.RunAsync(() =>
        {
            using var reader = Execute(execution, consume: true, cancellationToken);
            return reader.RecordsAffected;
        });
    }

    public override object? ExecuteScalar() => Scalar(Begin(CommandBehavior.Default), CancellationToken.None);

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var execution = Begin(CommandBehavior.Default);
        return await execution.Session.Worker.RunAsync(() => Scalar(execution, cancellationToken));
    }

    protected override DbParameter CreateDbParameter() => new MariaDbParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => ExecuteReader(behavior);

    protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken) =>
        await ExecuteReaderAsync(behavior, cancellationToken);

    /// <summary>Checks everything that can be checked here and writes the statement; nothing is sent yet, but the connection is taken.</summary>
    private Execution Begin(CommandBehavior behavior)
    {
        if (behavior.HasFlag(CommandBehavior.SchemaOnly) || behavior.HasFlag(CommandBehavior.KeyInfo))
            throw new NotSupportedException($"{behavior} is not supported.");
        if (string.IsNullOrWhiteSpace(_text)) throw new InvalidOperationException("The command has no text.");
        var connection = OpenConnection();
        connection.CheckTransaction(this);
        var session = connection.Session;
        var statement = new StatementBuffer();
        try
        {
            StatementWriter.Write(statement, Parse(session), Parameters, session.Settings);
            var timeout = CommandTimeout == 0 ? Timeout.InfiniteTimeSpan : TimeSpan.FromSeconds(Math.Min(CommandTimeout, LongestTimeoutSeconds));
            var reader = new MariaDbDataReader(this, connection, new CommandRun(session, timeout), behavior);
            connection.Take(reader, this);
            LastInsertedId = 0;
            return new Execution(session, reader, statement);
        }
        catch
        {
            statement.Dispose();
            throw;
        }
    }

    private MariaDbDataReader Execute(Execution execution, bool consume, CancellationToken cancellationToken)
    {
        var (session, reader, statement) = execution;
        try
        {
            using (statement)
            {
                reader.Run.Call(
                    () =>
                    {
                        session.Execute(statement.Written, Parameters.Count > 0);
                        reader.LoadFirstResult();
                        if (consume) reader.ConsumeAll();
                        return true;
                    },
                    cancellationToken);
            }

            return reader;
        }
        catch
        {
            reader.Abandon();
            throw;
        }
    }

    private object? Scalar(Execution execution, CancellationToken cancellationToken)
    {
        using var reader = Execute(execution, consume: false, cancellationToken);
        return reader.FieldCount > 0 && reader.Read() ? reader.GetValue(0) : null;
    }

    private SqlText Parse(MariaDbSession session)
    {
        var dialect = session.Dialect;
        if (_parsed is null || _parsed.Dialect != dialect) _parsed = SqlText.Parse(_text, dialect);
        return _parsed;
    }

    private MariaDbConnection OpenConnection() => Connection ?? throw new InvalidOperationException("The command has no connection.");

    private readonly record struct Execution(MariaDbSession Session, MariaDbDataReader Reader, StatementBuffer Statement);
}

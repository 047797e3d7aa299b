using System.Data;
using System.Data.Common;
using Scheduler.MariaDb.Sql;

namespace Scheduler.MariaDb;

/// <summary>A transaction. Disposed before it was committed, it is rolled back.</summary>
public sealed class MariaDbTransaction : DbTransaction
{
    private MariaDbConnection? _connection;

    internal MariaDbTransaction(MariaDbConnection connection, IsolationLevel isolationLevel)
    {
        _connection = connection;
        IsolationLevel = isolationLevel;
    }

    public override IsolationLevel IsolationLevel { get; }

    public override bool SupportsSavepoints => true;

    /// <summary>Null once the transaction is over.</summary>
    public new MariaDbConnection? Connection => _connection;

    internal bool IsCompleted => _connection is null;

    private bool IsOpen => _connection is { State: ConnectionState.Open };

    protected override DbConnection? DbConnection => _connection;

    public override void Commit() => End("COMMIT");

    public override Task CommitAsync(CancellationToken cancellationToken = default) => EndAsync("COMMIT", cancellationToken);

    public override void Rollback() => End("ROLLBACK");

    public override Task RollbackAsync(CancellationToken cancellationToken = default) => EndAsync("ROLLBACK", cancellationToken);

    public override void Save(string savepointName) => Execute($"SAVEPOINT {SqlNames.Quote(savepointName)}");

    public override Task SaveAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync($"SAVEPOINT {SqlNames.Quote(savepointName)}", cancellationToken);

    public override void Rollback(string savepointName) => Execute($"ROLLBACK TO SAVEPOINT {SqlNames.Quote(savepointName)}");

    public override Task RollbackAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync($"ROLLBACK TO SAVEPOINT {SqlNames.Quote(savepointName)}", cancellationToken);

    public override void Release(string savepointName) => Execute($"RELEASE SAVEPOINT {SqlNames.Quote(savepointName)}");

    public override Task ReleaseAsync(string savepointName, CancellationToken cancellationToken = default) =>
        ExecuteAsync($"RELEASE SAVEPOINT {SqlNames.Quote(savepointName)}", cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        try
        {
            if (IsOpen) await RollbackAsync();
        }
        catch (MariaDbException) when (!IsOpen)
        {
            // The connection was lost, and the transaction with it.
        }

        Complete();
        await base.DisposeAsync();
    }

    /// <summary>One round trip: the level holds for the next transaction only.</summary>
    internal static MariaDbCommand StartCommand(MariaDbConnection connection, IsolationLevel level)
    {
        if (connection.CurrentTransaction is not null) throw new InvalidOperationException("The connection is already in a transaction.");
        var statements = level switch
        {
            IsolationLevel.Unspecified => "START TRANSACTION",
            IsolationLevel.ReadUncommitted => "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; START TRANSACTION",
            IsolationLevel.ReadCommitted => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION",
            IsolationLevel.RepeatableRead => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION",
            IsolationLevel.Snapshot => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT",
            IsolationLevel.Serializable => "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; START TRANSACTION",
            _ => throw new NotSupportedException($"The isolation level {level} is not supported."),
        };
        return new MariaDbCommand(statements, connection);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            try
            {
                if (IsOpen) Rollback();
            }
            catch (MariaDbException) when (!IsOpen)
            {
                // The connection was lost, and the transaction with it.
            }

            Complete();
        }

        base.Dispose(disposing);
    }

    private void End(string statement)
    {
        Execute(statement);
        Complete();
    }

    private async Task EndAsync(string statement, CancellationToken cancellationToken)
    {
        await ExecuteAsync(statement, cancellationToken);
        Complete();
    }

    private void Execute(string statement)
    {
        using var command = Command(statement);
        command.ExecuteNonQuery();
    }

    private async Task ExecuteAsync(string statement, CancellationToken cancellationToken)
    {
        await using var command = Command(statement);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private MariaDbCommand Command(string statement) =>
        new(statement, _connection ?? throw new InvalidOperationException("The transaction is over."), this);

    private void Complete()
    {
        if (_connection?.CurrentTransaction == this) _connection.CurrentTransaction = null;
        _connection = null;
    }
}

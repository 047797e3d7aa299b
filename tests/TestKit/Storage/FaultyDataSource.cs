using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Tests.TestKit.Storage;

/// <summary>
/// A data source between the store and its database that sees every command and can delay it, fail it or lose its reply, to test a failure
/// at each single step.
/// </summary>
public sealed class FaultyDataSource(DbDataSource inner) : DbDataSource
{
    /// <summary>
    /// Called with the text before a command reaches the database. An exception that it throws becomes the command's failure.
    /// </summary>
    public Func<string, Task>? Before { get; set; }

    /// <summary>Called with the text after the database has executed the command and before the store gets the reply.</summary>
    public Func<string, Task>? After { get; set; }

    public override string ConnectionString => inner.ConnectionString;

    /// <summary>Fails the command number <paramref name="number"/> from now, counted from 1, before or after it takes effect.</summary>
    /// <returns>Tells whether that command was reached.</returns>
    public Func<bool> FailCall(int number, bool afterEffect, Func<Exception> error)
    {
        var seen = 0;
        var failed = false;
        Task Fail(string text)
        {
            if (++seen != number)
                return Task.CompletedTask;
            failed = true;
            throw error();
        }
        Before = afterEffect ? null : Fail;
        After = afterEffect ? Fail : null;
        return () => failed;
    }

    public void Heal() => (Before, After) = (null, null);

    protected override DbConnection CreateDbConnection() => new Connection(this, inner.CreateConnection());

    protected override async ValueTask DisposeAsyncCore() => await inner.DisposeAsync();

    private sealed class Connection(FaultyDataSource owner, DbConnection real) : DbConnection
    {
        [AllowNull]
        public override string ConnectionString
        {
            get => real.ConnectionString;
            set => real.ConnectionString = value;
        }

        public override string Database => real.Database;

        public override string DataSource => real.DataSource;

        public override string ServerVersion => real.ServerVersion;

        public override ConnectionState State => real.State;

        public override void ChangeDatabase(string databaseName) => real.ChangeDatabase(databaseName);

        public override void Open() => real.Open();

        public override Task OpenAsync(CancellationToken cancellationToken) => real.OpenAsync(cancellationToken);

        public override void Close() => real.Close();

        public override async ValueTask DisposeAsync() => await real.DisposeAsync();

        protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

        protected override DbCommand CreateDbCommand() => new Command(owner, real.CreateCommand());
    }

    private sealed class Command(FaultyDataSource owner, DbCommand real) : DbCommand
    {
        [AllowNull]
        public override string CommandText
        {
            get => real.CommandText;
            set => real.CommandText = value;
        }

        public override int CommandTimeout
        {
            get => real.CommandTimeout;
            set => real.CommandTimeout = value;
        }

        public override CommandType CommandType
        {
            get => real.CommandType;
            set => real.CommandType = value;
        }

        public override bool DesignTimeVisible
        {
            get => false;
            set => throw new NotSupportedException();
        }

        public override UpdateRowSource UpdatedRowSource
        {
            get => real.UpdatedRowSource;
            set => real.UpdatedRowSource = value;
        }

        protected override DbConnection? DbConnection
        {
            get => real.Connection;
            set => real.Connection = value;
        }

        protected override DbParameterCollection DbParameterCollection => real.Parameters;

        protected override DbTransaction? DbTransaction
        {
            get => real.Transaction;
            set => real.Transaction = value;
        }

        public override void Cancel() => real.Cancel();

        public override void Prepare() => throw new NotSupportedException();

        public override Task PrepareAsync(CancellationToken cancellationToken) => real.PrepareAsync(cancellationToken);

        public override int ExecuteNonQuery() => throw new NotSupportedException();

        public override object ExecuteScalar() => throw new NotSupportedException();

        public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
        {
            await Call(owner.Before);
            var result = await real.ExecuteNonQueryAsync(cancellationToken);
            await Call(owner.After);
            return result;
        }

        public override async ValueTask DisposeAsync() => await real.DisposeAsync();

        protected override DbParameter CreateDbParameter() => real.CreateParameter();

        protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => throw new NotSupportedException();

        protected override async Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
        {
            await Call(owner.Before);
            var reader = await real.ExecuteReaderAsync(behavior, cancellationToken);
            try
            {
                await Call(owner.After);
                return reader;
            }
            catch
            {
                await reader.DisposeAsync();
                throw;
            }
        }

        private Task Call(Func<string, Task>? hook) => hook?.Invoke(real.CommandText) ?? Task.CompletedTask;
    }
}

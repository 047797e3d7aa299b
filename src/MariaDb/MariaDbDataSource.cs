using System.Data.Common;
using Scheduler.MariaDb.Pooling;

namespace Scheduler.MariaDb;

/// <summary>Connections of one connection string, with a pool of their own that ends with it.</summary>
public sealed class MariaDbDataSource : DbDataSource
{
    private readonly SessionSource _source;

    /// <exception cref="ArgumentException">The connection string has an unknown keyword or a wrong value.</exception>
    public MariaDbDataSource(string connectionString)
        : this(connectionString, TimeProvider.System)
    {
    }

    /// <param name="connectionString">As <see cref="MariaDbConnectionStringBuilder"/> has it.</param>
    /// <param name="time">The clock for timeouts, lifetimes and idle times.</param>
    public MariaDbDataSource(string connectionString, TimeProvider time) => _source = SessionSource.Create(new ConnectionSettings(connectionString), time);

    /// <summary>Without the password, unless Persist Security Info=true.</summary>
    public override string ConnectionString => _source.Settings.DisplayString;

    /// <summary>Idle connections, for tests and metrics.</summary>
    internal int IdleCount => _source.IdleCount;

    public new MariaDbConnection CreateConnection() => new(_source);

    public new MariaDbConnection OpenConnection() => (MariaDbConnection)base.OpenConnection();

    public new async ValueTask<MariaDbConnection> OpenConnectionAsync(CancellationToken cancellationToken = default) =>
        (MariaDbConnection)await base.OpenConnectionAsync(cancellationToken);

    /// <summary>Closes idle connections; those in use are closed when they come back.</summary>
    public void Clear() => _source.Clear();

    protected override DbConnection CreateDbConnection() => CreateConnection();

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    protected override ValueTask DisposeAsyncCore()
    {
        _source.Dispose();
        return ValueTask.CompletedTask;
    }
}

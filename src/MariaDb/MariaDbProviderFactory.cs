using System.Data.Common;

namespace Scheduler.MariaDb;

/// <summary>Makes the provider's objects for code that knows ADO.NET's base classes only.</summary>
public sealed class MariaDbProviderFactory : DbProviderFactory
{
    /// <summary>ADO.NET looks for a field of this name.</summary>
    public static readonly MariaDbProviderFactory Instance = new();

    private MariaDbProviderFactory()
    {
    }

    public override DbCommand CreateCommand() => new MariaDbCommand();

    public override DbConnection CreateConnection() => new MariaDbConnection();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new MariaDbConnectionStringBuilder();

    public override DbParameter CreateParameter() => new MariaDbParameter();

    public override DbDataSource CreateDataSource(string connectionString) => new MariaDbDataSource(connectionString);
}

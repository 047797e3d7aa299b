using System.Data.Common;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>Opens the store in MySQL or MariaDB. The only file that knows which ADO.NET provider is behind it.</summary>
public static class MySqlBbsStore
{
    public static IBbsStore Open(MySqlStoreOptions options, StorageKeys keys, TimeProvider time, ILogger log) =>
        new SqlBbsStore(CreateDataSource(options), new MySqlDialect(options), keys, time, log);

    internal static DbDataSource CreateDataSource(MySqlStoreOptions options)
    {
#if MYSQLCONNECTOR
        var builder = new MySqlConnector.MySqlConnectionStringBuilder(options.ConnectionString);
#else
        var builder = new MariaDb.MariaDbConnectionStringBuilder(options.ConnectionString);
#endif
        // The store keeps its few connections open. One that it drops must really end, with its locks and its transaction.
        builder.Pooling = false;
        builder.IgnoreCommandTransaction = true;
#if MYSQLCONNECTOR
        return new MySqlConnector.MySqlDataSource(builder.ConnectionString);
#else
        return new MariaDb.MariaDbDataSource(builder.ConnectionString);
#endif
    }
}

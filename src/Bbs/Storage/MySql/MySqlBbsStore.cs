using System.Data.Common;
using Microsoft.Extensions.Logging;
using MySqlConnector;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>Opens the store in MySQL or MariaDB.</summary>
public static class MySqlBbsStore
{
    /// <exception cref="DomainException">The connection string is invalid; the message contains none of its values.</exception>
    public static IPortableStore Open(MySqlStoreOptions options, StorageKeys keys, TimeProvider time, ILogger log) =>
        new SqlBbsStore(CreateDataSource(options), new MySqlDialect(options), keys, time, log);

    internal static DbDataSource CreateDataSource(MySqlStoreOptions options) =>
        new MySqlDataSource(MySqlConnectionString.Parse(options.ConnectionString).ConnectionString);
}

using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Bbs.Storage.Sql;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>Opens the embedded store.</summary>
public static class SqliteBbsStore
{
    public static IPortableStore Open(SqliteStoreOptions options, StorageKeys keys, TimeProvider time, ILogger log) =>
        new SqlBbsStore(new SqliteDataSource(options), new SqliteDialect(options, time), keys, time, log);
}

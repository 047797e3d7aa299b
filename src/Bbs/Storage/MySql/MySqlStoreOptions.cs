using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>Connection settings of a store in MySQL or MariaDB.</summary>
public sealed record MySqlStoreOptions
{
    /// <summary>Uses the keywords of MySqlConnector: Server, Port, User ID, Password, Database, SslMode, SslCa …</summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// How long a statement waits for a lock. Only this program writes these tables, so it waits only for a commit of another term, which
    /// is cut off after this time.
    /// </summary>
    [Setting("MySQL: maximum time that a statement waits for a lock", Name = "store-lock-wait")]
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(2);
}

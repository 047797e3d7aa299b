using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Storage.MySql;

/// <summary>How the store in MySQL or MariaDB is reached.</summary>
public sealed record MySqlStoreOptions
{
    /// <summary>In the keywords of MySqlConnector: Server, Port, User ID, Password, Database, SslMode, SslCa …</summary>
    public required string ConnectionString { get; init; }

    /// <summary>
    /// How long a statement waits for a lock before it gives up. Nobody but this program writes these tables, so a wait is
    /// for a commit of another term, which is cut when this has passed.
    /// </summary>
    [Setting("MySQL: time that a statement waits for a lock", Name = "store-lock-wait")]
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LockWait { get; init; } = TimeSpan.FromSeconds(2);
}

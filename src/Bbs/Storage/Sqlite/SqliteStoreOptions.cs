using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>Settings of the embedded store.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The database file; its directory must exist. SQLite creates the -wal and -shm files beside it.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Whether a commit waits until it is on disk. True: an acknowledged write survives a power failure, at the cost of one fsync per batch
    /// of commands, not per command. False: it survives a crash of the process but not of the machine.
    /// </summary>
    [Setting("SQLite: wait for the disk at each commit, so that acknowledged writes survive a power failure", Name = "store-sync")]
    public bool SurvivePowerLoss { get; init; } = true;

    /// <summary>
    /// How long to wait for another connection's write. Commits take milliseconds; a commit of 16 MB still takes well below a second.
    /// </summary>
    [Setting("SQLite: maximum time to wait for another connection's write", Name = "store-busy-timeout")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

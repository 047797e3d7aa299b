using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>Where and how the embedded store keeps its file.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>The database file; its directory must exist. Beside it lie the -wal and -shm files that SQLite makes.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Whether a commit waits until it is on the disk. True: an acknowledged write survives a power failure (one fsync per
    /// batch of commands, not per command). False: it survives the end of the process, but not of the machine.
    /// </summary>
    [Setting("SQLite: wait for the disk at each commit, so that acknowledged writes survive a power failure", Name = "store-sync")]
    public bool SurvivePowerLoss { get; init; } = true;

    /// <summary>How long to wait for another connection's write. Commits take milliseconds; a 16 MB one still well below a second.</summary>
    [Setting("SQLite: time to wait for another connection's write", Name = "store-busy-timeout")]
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

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
    public bool SurvivePowerLoss { get; init; } = true;

    /// <summary>How long to wait for another connection's write. Commits take milliseconds; a 16 MB one still well below a second.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>
/// A lock file beside the database. A leader locks it when it cannot renew its term on a full disk, and any process locks it while taking
/// leadership. The operating system releases it when the process ends. A leader that is paused, not ended, keeps it, so nobody can take
/// over from it while the disk is full; but then nobody could lead anyway.
/// </summary>
internal sealed class SqliteTermLock(string path)
{
    private readonly Lock _lock = new();
    private FileStream? _held;

    /// <summary>Returns true when this process holds the lock, newly or already.</summary>
    public bool TryHold()
    {
        lock (_lock)
            return (_held ??= TryOpen()) is not null;
    }

    public void LetGo()
    {
        lock (_lock)
        {
            _held?.Dispose();
            _held = null;
        }
    }

    /// <summary>The lock, to hold while taking leadership; null when another process holds it.</summary>
    public IDisposable? TryEnter() => TryOpen();

    private FileStream? TryOpen()
    {
        try
        {
            // .NET locks a file opened without sharing for as long as it is open.
            return new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    BufferSize = 0,
                    UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            );
        }
        catch (IOException)
        {
            return null;
        }
    }
}

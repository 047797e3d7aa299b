namespace Scheduler.Bbs.Storage.Sqlite;

/// <summary>
/// A file beside the database that a leader locks when it cannot prolong its term for want of room, and that everybody locks who takes
/// the leadership. The system lets go of it with the process. A leader that is stopped, not ended, keeps it: so nobody takes over from
/// one while the disk is full, but then nobody could.
/// </summary>
internal sealed class SqliteTermLock(string path)
{
    private readonly Lock _lock = new();
    private FileStream? _held;

    /// <summary>True when it is held now, since before or from here on.</summary>
    public bool TryHold()
    {
        lock (_lock) return (_held ??= TryOpen()) is not null;
    }

    public void LetGo()
    {
        lock (_lock)
        {
            _held?.Dispose();
            _held = null;
        }
    }

    /// <summary>The lock for as long as leadership is being taken; null when another process holds it.</summary>
    public IDisposable? TryEnter() => TryOpen();

    private FileStream? TryOpen()
    {
        try
        {
            // .NET locks a file that is shared with nobody, and the lock lasts as long as it is open.
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
        }
        catch (IOException)
        {
            return null;
        }
    }
}

using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>
/// Owns a MYSQL*. Every native call takes the handle itself, so that the runtime keeps it alive for the length of the call and
/// mysql_close can never run under one.
/// </summary>
internal sealed class MySqlHandle : SafeHandle
{
    private readonly Lock _gate = new();
    private int _socket = -1;

    private MySqlHandle(nint mysql)
        : base(0, ownsHandle: true) => SetHandle(mysql);

    public override bool IsInvalid => handle == 0;

    public static MySqlHandle Create()
    {
        LibMariaDb.EnsureInitialised();
        var mysql = LibMariaDb.mysql_init(0);
        return mysql != 0 ? new MySqlHandle(mysql) : throw new OutOfMemoryException("mysql_init has no memory.");
    }

    /// <summary>Called once connected: from now on <see cref="Abort"/> works.</summary>
    public void RememberSocket()
    {
        lock (_gate) _socket = LibMariaDb.mysql_get_socket(this);
    }

    /// <summary>
    /// Cuts the connection from any thread: a native call that is blocked on it fails at once with "lost connection".
    /// Guarded against a concurrent close, after which the number may belong to somebody else's socket.
    /// </summary>
    public void Abort()
    {
        const int both = 2;
        lock (_gate)
        {
            if (_socket >= 0) LibMariaDb.ShutdownSocket(_socket, both);
        }
    }

    protected override bool ReleaseHandle()
    {
        lock (_gate) _socket = -1;
        LibMariaDb.mysql_close(handle);
        return true;
    }
}

using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>
/// Owns a MYSQL*. Every native call takes the handle itself, so that the runtime keeps it alive for the length of the call and
/// mysql_close can never run under one.
/// </summary>
internal sealed class MySqlHandle : SafeHandle
{
    private readonly Lock _gate = new();

    /// <summary>
    /// A second descriptor of the connection's socket, which nobody else closes. The library closes its own as soon as it sees an
    /// error, on whatever thread that is; the number may then already belong to another connection.
    /// </summary>
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
    public void KeepSocket()
    {
        var socket = LibMariaDb.mysql_get_socket(this);
        // A container's process that inherited the connection would keep it open.
        Sockets.CloseOnExec(socket);
        lock (_gate) _socket = Sockets.Duplicate(socket);
    }

    /// <summary>Cuts the connection from any thread: a native call that is blocked on it fails at once with "lost connection".</summary>
    public void Abort()
    {
        lock (_gate)
        {
            if (_socket >= 0) Sockets.Shutdown(_socket);
        }
    }

    protected override bool ReleaseHandle()
    {
        LibMariaDb.mysql_close(handle);
        lock (_gate)
        {
            if (_socket >= 0) Sockets.Close(_socket);
            _socket = -1;
        }

        return true;
    }
}

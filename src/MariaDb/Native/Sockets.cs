using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Scheduler.MariaDb.Native;

/// <summary>The few calls on a socket's descriptor that the framework's own sockets do not offer for one that they did not make.</summary>
internal static partial class Sockets
{
    /// <summary>Another descriptor of the same socket, not inherited by child processes.</summary>
    public static int Duplicate(int socket)
    {
        const int duplicateCloseOnExec = 1030;
        var duplicate = Control(socket, duplicateCloseOnExec, 0);
        return duplicate >= 0 ? duplicate : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public static void CloseOnExec(int socket)
    {
        const int setFlags = 2;
        const int closeOnExec = 1;
        if (Control(socket, setFlags, closeOnExec) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    /// <summary>Ends the connection in both directions and wakes whoever is blocked on it, without closing anything under them.</summary>
    public static void Shutdown(int socket)
    {
        const int both = 2;
        // Fails only if the other side has ended it already.
        _ = ShutdownSocket(socket, both);
    }

    public static void Close(int socket) => _ = CloseDescriptor(socket);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int ShutdownSocket(int socket, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);
}

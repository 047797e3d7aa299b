using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Directories of the machine that are named by somebody else and may be changed meanwhile.</summary>
internal static class PlainDirectory
{
    private const int StatusBytes = 120,
        StatusFlags = 80;

    /// <summary>
    /// Opens a directory for use as a mount's source, not for reading. Fails on a path over a symbolic link, which whoever may write to a
    /// directory on the way could point anywhere.
    /// </summary>
    /// <exception cref="Win32Exception"><see cref="Native.NoEntry"/>, <see cref="Native.NotDirectory"/> or
    /// <see cref="Native.TooManyLinks"/>, among others.</exception>
    public static SafeFileHandle Open(string path)
    {
        using var root = new SafeFileHandle(
            DirectoryCalls.Open("/\0"u8.ToArray(), DirectoryCalls.PathOnly | DirectoryCalls.CloseOnExec),
            true
        );
        if (root.IsInvalid)
            throw Native.LastError();
        var file = DirectoryCalls.Open(
            root,
            [.. Encoding.UTF8.GetBytes(path), 0],
            DirectoryCalls.PathOnly | DirectoryCalls.Directory,
            DirectoryCalls.ResolveNoLinks
        );
        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Native.LastError();
    }

    /// <summary>The path in the kernel's own words: without symbolic links. It must exist.</summary>
    public static string RealPath(string path)
    {
        using var file = new SafeFileHandle(
            DirectoryCalls.Open([.. Encoding.UTF8.GetBytes(path), 0], DirectoryCalls.PathOnly | DirectoryCalls.CloseOnExec),
            ownsHandle: true
        );
        if (file.IsInvalid)
            throw Native.LastError();
        return new FileInfo(LinkOf(file)).LinkTarget ?? throw new IOException($"{path} has no real path");
    }

    /// <summary>Whether its mount is read-only or forbids programs: a mount of it must not promise more.</summary>
    public static (bool ReadOnly, bool NoPrograms) MountOf(SafeFileHandle directory)
    {
        const long readOnly = 1,
            noPrograms = 8;
        var status = new byte[StatusBytes];
        if (Native.FileSystemStatus(LinkOf(directory), status) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        var flags = BitConverter.ToInt64(status, StatusFlags);
        return ((flags & readOnly) != 0, (flags & noPrograms) != 0);
    }

    private static string LinkOf(SafeFileHandle file) => $"/proc/self/fd/{file.DangerousGetHandle()}";
}

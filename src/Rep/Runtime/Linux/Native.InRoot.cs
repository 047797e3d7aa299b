using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

internal static partial class Native
{
    private const int Libc_ONoFollow = 0x2_0000;

    /// <summary>
    /// Creates a directory and its missing parents for a process whose root is <paramref name="root"/>: no link leads outside, whatever
    /// changes concurrently. Created directories belong to the owner; existing ones stay as they are.
    /// </summary>
    /// <param name="path">Absolute path as seen by the process.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The path exists but is not a directory, or cannot be created.</exception>
    public static void MakeDirectoriesInRoot(string root, string path, uint user, uint group)
    {
        string[] names = [.. path.Split('/').Where(name => name is not ("" or "."))];
        var at = OpenDirectory(Open(root, Libc_OPath | Libc_ODirectory | Libc_OCloseOnExec));
        try
        {
            using var top = OpenDirectoryInRoot(at, "/") ?? throw LastError();
            var isNew = false;
            for (var i = 0; i < names.Length; i++)
            {
                // Resolve from the root each time, so that a link in the middle leads where it would lead the process itself.
                var next = isNew ? null : OpenDirectoryInRoot(top, string.Join('/', names[..(i + 1)]));
                if (next is null)
                {
                    isNew = true;
                    next = Make(at, names[i], user, group);
                }

                at.Dispose();
                at = next;
            }
        }
        finally
        {
            at.Dispose();
        }
    }

    /// <summary>Null if the name does not exist.</summary>
    private static SafeFileHandle? OpenDirectoryInRoot(SafeFileHandle root, string path)
    {
        var how = new OpenHow { Flags = Libc_OPath | Libc_ODirectory | Libc_OCloseOnExec, Resolve = Resolve_InRoot | Resolve_NoMagicLinks };
        var fd = (int)OpenAt2(Syscall_OpenAt2, (int)root.DangerousGetHandle(), path, how, (nuint)Marshal.SizeOf<OpenHow>());
        if (fd >= 0)
            return new SafeFileHandle(fd, ownsHandle: true);
        return Marshal.GetLastPInvokeError() == NoEntry ? null : throw LastError();
    }

    private static SafeFileHandle Make(SafeFileHandle parent, string name, uint user, uint group)
    {
        if (MakeDirectoryAt(parent, name, 0x1ED) != 0)
            throw LastError(); // rwxr-xr-x
        var made = OpenDirectory(OpenAt(parent, name, Libc_ODirectory | Libc_ONoFollow | Libc_OCloseOnExec));
        if (ChangeOwner(made, user, group) == 0)
            return made;
        var error = LastError();
        made.Dispose();
        throw error;
    }

    private static SafeFileHandle OpenDirectory(int fd) => fd >= 0 ? new SafeFileHandle(fd, ownsHandle: true) : throw LastError();

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectoryAt(SafeFileHandle directory, string name, uint mode);

    [LibraryImport("libc", EntryPoint = "fchown", SetLastError = true)]
    private static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);
}

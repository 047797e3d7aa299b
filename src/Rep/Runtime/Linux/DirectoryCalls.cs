using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// System calls on names in an open directory. Names are NUL-terminated bytes: for the kernel they need not be UTF-8, but .NET supports
/// only that.
/// </summary>
internal static partial class DirectoryCalls
{
    public const int Write = 1,
        Create = 0x40,
        Exclusive = 0x80,
        Directory = 0x1_0000,
        NoFollow = 0x2_0000,
        CloseOnExec = 0x8_0000,
        PathOnly = 0x20_0000;
    public const int SymlinkNoFollow = 0x100,
        RemoveDirectory = 0x200,
        EmptyPath = 0x1000;
    public const ulong ResolveSameMount = 1,
        ResolveNoMagicLinks = 2,
        ResolveNoLinks = 4,
        ResolveBeneath = 8,
        ResolveInRoot = 16;
    private const long Syscall_OpenAt2 = 437;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(SafeFileHandle directory, [In] byte[] name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static partial int Open([In] byte[] path, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeDirectoryAt(SafeFileHandle directory, [In] byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "mkfifoat", SetLastError = true)]
    public static partial int MakeFifoAt(SafeFileHandle directory, [In] byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt([In] byte[] target, SafeFileHandle directory, [In] byte[] name);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(SafeFileHandle from, [In] byte[] existing, SafeFileHandle to, [In] byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeFileHandle directory, [In] byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwnerAt(SafeFileHandle directory, [In] byte[] name, uint user, uint group, int flags);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    public static partial int ChangeModeAt(SafeFileHandle directory, [In] byte[] name, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(SafeFileHandle directory, [In] byte[] name, [In] long[] times, int flags);

    [LibraryImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int SetAttribute(SafeFileHandle file, [In] byte[] name, [In] byte[] value, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static partial int StatAt(SafeFileHandle directory, [In] byte[] name, int flags, uint mask, [Out] byte[] buffer);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint ReadEntries(SafeFileHandle directory, [Out] byte[] buffer, nuint size);

    /// <summary>Resolves the path with <paramref name="root"/> as root: links and ".." cannot lead outside.</summary>
    public static int OpenInRoot(SafeFileHandle root, byte[] path, int flags) => Open(root, path, flags, ResolveInRoot);

    /// <param name="resolve">How the path is resolved; magic links are never followed.</param>
    public static int Open(SafeFileHandle root, byte[] path, int flags, ulong resolve)
    {
        var how = new OpenHow { Flags = (ulong)(flags | CloseOnExec), Resolve = resolve | ResolveNoMagicLinks };
        return (int)OpenAt2(Syscall_OpenAt2, root, path, how, (nuint)Marshal.SizeOf<OpenHow>());
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long OpenAt2(long number, SafeFileHandle directory, [In] byte[] path, in OpenHow how, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }
}

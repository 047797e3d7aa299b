using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>System calls that .NET does not offer. Numbers and layouts are those of 64-bit Linux.</summary>
internal static partial class Native
{
    public const ulong MountNoSetUser = 2;
    public const ulong MountNoDevices = 4;
    public const ulong MountNoAccessTimes = 1024;
    public const ulong MountBind = 4096;
    public const ulong MountPrivate = 1 << 18;
    public const int UnmountDetach = 2;
    public const int CloneFs = 0x200;
    public const int CloneFiles = 0x400;
    public const int CloneNewNet = 0x4000_0000;

    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Busy = 16;
    public const int NotDirectory = 20;
    public const int Invalid = 22;
    public const int TooManyLinks = 40;

    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;

    private const int Libc_AtFdCwd = -100;
    private const int Libc_OPath = 0x20_0000;
    private const int Libc_OCloseOnExec = 0x8_0000;
    private const int Libc_ODirectory = 0x1_0000;
    private const int Libc_SeekData = 3;
    private const int Libc_SeekHole = 4;
    private const long Syscall_QuotaCtlFd = 443;
    private const long Syscall_PidFdSendSignal = 424;
    private const long Syscall_PidFdOpen = 434;
    private const long Syscall_OpenAt2 = 437;
    private const ulong Resolve_NoMagicLinks = 2;
    private const ulong Resolve_InRoot = 16;

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Mount(string? source, string target, string? type, ulong flags, string? data);

    /// <param name="buffer">Receives a struct statfs; 120 bytes on 64-bit machines.</param>
    [LibraryImport("libc", EntryPoint = "statfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int FileSystemStatus(string path, [Out] byte[] buffer);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unmount(string target, int flags);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    public static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "chdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeDirectory(string path);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakePipe(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, ulong request, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, ulong request, [In, Out] byte[] argument);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long QuotaControl(long number, SafeFileHandle file, uint command, uint id, [In, Out] byte[] limits);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int directory, string path, int flags, uint mask, [Out] byte[] buffer);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long PidFdOpen(long number, int pid, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long PidFdSendSignal(long number, int fd, int signal, nint info, uint flags);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial long OpenAt2(long number, int directory, string path, in OpenHow how, nuint size);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollDescriptor descriptor, nuint count, int timeout);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary>Opens a file without the advisory lock that .NET takes, close-on-exec; the handle is invalid on failure.</summary>
    public static SafeFileHandle OpenFile(string path, int flags) => new(Open(path, flags | Libc_OCloseOnExec), ownsHandle: true);

    /// <summary>Offset of the next data after holes; null if there is none.</summary>
    public static long? SeekData(SafeFileHandle file, long from) => Seek(file, from, Libc_SeekData) is >= 0 and var at ? at : null;

    /// <summary>Offset of the next hole.</summary>
    public static long SeekHole(SafeFileHandle file, long from) =>
        Seek(file, from, Libc_SeekHole) is >= 0 and var at ? at : throw LastError();

    /// <summary>quotactl on the file system of an open file (Linux 5.14).</summary>
    public static bool Quota(SafeFileHandle file, uint command, uint id, byte[] limits) =>
        QuotaControl(Syscall_QuotaCtlFd, file, command, id, limits) == 0;

    public static Win32Exception LastError() => new(Marshal.GetLastPInvokeError());

    /// <summary>Type bits, size and inode at a path, without following symbolic links; null if nothing exists there.</summary>
    public static FileFacts? Stat(string path, bool follow = false)
    {
        const int noFollow = 0x100;
        var buffer = new byte[256];
        if (StatX(Libc_AtFdCwd, path, follow ? 0 : noFollow, 0x7FF, buffer) == 0)
            return FileFacts.Read(buffer);
        if (Marshal.GetLastPInvokeError() is NoEntry or 20)
            return null;
        throw LastError();
    }

    /// <summary>
    /// Opens a file as seen by a process whose root is <paramref name="root"/>: symbolic links, including absolute ones, and <c>..</c>
    /// stay inside, whatever changes concurrently. Null if there is no such file.
    /// </summary>
    public static SafeFileHandle? OpenInRoot(string root, string path, out FileFacts facts)
    {
        facts = default;
        var rootFd = Open(root, Libc_OPath | Libc_ODirectory | Libc_OCloseOnExec);
        if (rootFd < 0)
            throw LastError();
        try
        {
            var how = new OpenHow { Flags = Libc_OPath | Libc_OCloseOnExec, Resolve = Resolve_InRoot | Resolve_NoMagicLinks };
            var fd = (int)OpenAt2(Syscall_OpenAt2, rootFd, path, how, (nuint)Marshal.SizeOf<OpenHow>());
            if (fd < 0)
            {
                if (Marshal.GetLastPInvokeError() is NoEntry or 20)
                    return null;
                throw LastError();
            }

            try
            {
                // Inspect before opening for reading: opening a FIFO or a device of the container could block or have side effects.
                var link = $"/proc/self/fd/{fd}";
                facts = Stat(link, follow: true) ?? throw LastError();
                return facts.IsRegular ? File.OpenHandle(link) : new SafeFileHandle(-1, ownsHandle: false);
            }
            finally
            {
                _ = Close(fd);
            }
        }
        finally
        {
            _ = Close(rootFd);
        }
    }

    /// <summary>Blocks the calling thread until the process has ended.</summary>
    public static void AwaitEnd(ProcessIdentity process)
    {
        const short readable = 1;
        const int interrupted = 4;
        var fd = (int)PidFdOpen(Syscall_PidFdOpen, process.Pid, 0);
        if (fd < 0)
        {
            if (Marshal.GetLastPInvokeError() == NoProcess)
                return;
            throw LastError();
        }

        try
        {
            var wait = new PollDescriptor { Descriptor = fd, Wanted = readable };
            while (process.IsAlive() && Poll(ref wait, 1, -1) < 0)
            {
                if (Marshal.GetLastPInvokeError() != interrupted)
                    throw LastError();
            }
        }
        finally
        {
            _ = Close(fd);
        }
    }

    /// <summary>Whether a standard stream of this process is a pipe whose reader is gone.</summary>
    public static bool IsBroken(int descriptor)
    {
        const short broken = 8;
        var state = new PollDescriptor { Descriptor = descriptor };
        return Poll(ref state, 1, 0) > 0 && (state.Found & broken) != 0;
    }

    /// <summary>Signals only the process that had this pid at that start time; false if it is gone.</summary>
    public static bool Signal(ProcessIdentity process, int signal)
    {
        var fd = (int)PidFdOpen(Syscall_PidFdOpen, process.Pid, 0);
        if (fd < 0)
            return Marshal.GetLastPInvokeError() == NoProcess ? false : throw LastError();
        try
        {
            // The identity is checked while the descriptor refers to the process, so the pid cannot be reused in between.
            if (!process.IsAlive())
                return false;
            if (PidFdSendSignal(Syscall_PidFdSendSignal, fd, signal, 0, 0) == 0)
                return true;
            return Marshal.GetLastPInvokeError() == NoProcess ? false : throw LastError();
        }
        finally
        {
            _ = Close(fd);
        }
    }
}

/// <summary>The required fields of a file's status.</summary>
internal readonly record struct FileFacts(ushort Mode, uint Links, ulong Inode, long Size, long Blocks, uint Device, uint User, uint Group)
{
    public bool IsRegular => (Mode & 0xF000) == 0x8000;

    public bool IsDirectory => (Mode & 0xF000) == 0x4000;

    public bool IsSymbolicLink => (Mode & 0xF000) == 0xA000;

    public static FileFacts Read(ReadOnlySpan<byte> statx) =>
        new(
            BitConverter.ToUInt16(statx[28..]),
            BitConverter.ToUInt32(statx[16..]),
            BitConverter.ToUInt64(statx[32..]),
            BitConverter.ToInt64(statx[40..]),
            BitConverter.ToInt64(statx[48..]),
            BitConverter.ToUInt32(statx[140..]),
            BitConverter.ToUInt32(statx[20..]),
            BitConverter.ToUInt32(statx[24..])
        );
}

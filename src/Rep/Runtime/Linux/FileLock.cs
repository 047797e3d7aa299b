using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>
/// An exclusive lock between processes and between threads, on a file that serves no other purpose. Opens the file with its own system
/// call: .NET places a shared lock of the same kind on each file it opens, without waiting, and fails while another holder has the lock.
/// </summary>
internal static partial class FileLock
{
    private const int InterruptedCall = 4;

    /// <summary>Waits for the lock. It is held until the returned object is disposed, or the process ends.</summary>
    /// <param name="path">Created if missing, including its directory.</param>
    public static IDisposable Hold(string path)
    {
        while (true)
        {
            var file = OpenOrCreate(path);
            try
            {
                Wait(file);
                // A sweep removes the file while it holds the lock; a lock on a removed file is worthless, so try again.
                if (Native.Stat(path)?.Inode == Native.Stat($"/proc/self/fd/{file.DangerousGetHandle()}", follow: true)?.Inode)
                    return file;
            }
            catch
            {
                file.Dispose();
                throw;
            }

            file.Dispose();
        }
    }

    private static SafeFileHandle OpenOrCreate(string path)
    {
        const int readWrite = 2,
            create = 0x40,
            noFollow = 0x2_0000,
            closeOnExec = 0x8_0000,
            ownerOnly = 0x180;
        while (true)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = Open(path, readWrite | create | noFollow | closeOnExec, ownerOnly);
            if (file >= 0)
                return new SafeFileHandle(file, ownsHandle: true);
            if (Marshal.GetLastPInvokeError() is not (InterruptedCall or Native.NoEntry))
                throw Native.LastError();
        }
    }

    private static void Wait(SafeFileHandle file)
    {
        const int exclusive = 2;
        while (LockFile(file, exclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() != InterruptedCall)
                throw Native.LastError();
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int LockFile(SafeFileHandle file, int operation);
}

using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// Things of which a network namespace has only one (a host port, a subnet), shared between the cells on a machine: a file
/// per thing, made exclusively, that says which path it is held for. When that path is gone, so is the lease.
/// </summary>
internal sealed partial class LeaseDirectory
{
    private const int InterruptedCall = 4;

    private readonly string _directory;

    /// <param name="kind">Such as <c>ports</c>.</param>
    public LeaseDirectory(string root, string kind)
    {
        // Cells in different network namespaces cannot collide, so each namespace has leases of its own.
        var network = Native.Stat("/proc/thread-self/ns/net", follow: true)!.Value.Inode;
        _directory = Path.Combine(root, $"net-{network}", kind);
        Directory.CreateDirectory(_directory);
    }

    /// <param name="owner">An existing path of the holder; the lease lapses when it vanishes.</param>
    /// <returns>False when somebody else holds it.</returns>
    public bool TryTake(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            try
            {
                using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
                using var writer = new StreamWriter(file);
                writer.Write(owner);
                return true;
            }
            catch (IOException) when (File.Exists(path))
            {
                if (Owner(path) == owner) return true;
                if (!TryRemoveLapsed(path)) return false;
            }
        }

        return false;
    }

    public void Release(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        if (Owner(path) == owner) File.Delete(path);
    }

    /// <summary>One at a time, or a second finder of the same lapsed lease would remove the lease that the first has just taken.</summary>
    private bool TryRemoveLapsed(string path)
    {
        const int exclusive = 2;
        using var file = File.OpenHandle(Path.Combine(_directory, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        while (FileLock(file, exclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() != InterruptedCall) throw Native.LastError();
        }

        if (!IsLapsed(path)) return false;
        File.Delete(path);
        return true;
    }

    private static bool IsLapsed(string path) =>
        // An empty one was made just now by somebody who is about to write their name.
        Owner(path) is { Length: > 0 } owner && !Path.Exists(owner);

    private static string? Owner(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return null; // gone, or being written
        }
    }

    /// <summary>Held until the file is closed.</summary>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FileLock(SafeFileHandle file, int operation);
}

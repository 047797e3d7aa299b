using System.Runtime.InteropServices;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>A network namespace mounted at a path, so that it exists without any process in it.</summary>
internal static partial class NetworkNamespace
{
    private const long NamespaceFileSystem = 0x6e73_6673;

    /// <summary>Creates a namespace at the path, with its loopback interface up.</summary>
    public static async Task CreateAsync(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using (File.Create(path))
        {
            // only a place to mount on
        }

        await OnOwnThread.RunAsync(() =>
        {
            if (Native.Unshare(Native.CloneNewNet) != 0)
                throw new ContainerRuntimeException($"cannot create a network namespace: {Native.LastError().Message}");
            Mounts.Bind("/proc/thread-self/ns/net", path);
            SetUp();
        });
    }

    /// <summary>Sets up a namespace created elsewhere, as <see cref="CreateAsync"/> does with its own.</summary>
    public static Task SetUpAsync(string path) =>
        InAsync(
            path,
            () =>
            {
                SetUp();
                return true;
            }
        );

    /// <summary>Runs a function in a namespace, on a dedicated thread that ends with it.</summary>
    /// <exception cref="ContainerRuntimeException">The path has no namespace.</exception>
    public static async Task<T> InAsync<T>(string path, Func<T> work)
    {
        var result = default(T);
        await OnOwnThread.RunAsync(() =>
        {
            const int readOnly = 0,
                closeOnExec = 0x8_0000;
            var file = Open(path, readOnly | closeOnExec);
            if (file < 0)
                throw new ContainerRuntimeException($"cannot open the network namespace {path}: {Native.LastError().Message}");
            try
            {
                if (SetNamespace(file, Native.CloneNewNet) != 0)
                    throw new ContainerRuntimeException($"cannot enter the network namespace {path}: {Native.LastError().Message}");
            }
            finally
            {
                _ = Close(file);
            }

            result = work();
        });
        return result!;
    }

    /// <summary>
    /// Removes the mount; the kernel destroys the namespace and its interfaces once no process is left in it. Succeeds if there is none.
    /// </summary>
    public static void Remove(string path)
    {
        Mounts.Remove(path);
        File.Delete(path);
    }

    /// <summary>False if it is not mounted, as after a reboot or in another mount namespace.</summary>
    public static bool Exists(string path)
    {
        var buffer = new byte[120];
        return Native.FileSystemStatus(path, buffer) == 0 && BitConverter.ToInt64(buffer) == NamespaceFileSystem;
    }

    /// <summary>
    /// Sets up the namespace of the current thread. All its ports belong to the container, so any user may bind low ones; ping needs no
    /// raw sockets.
    /// </summary>
    private static void SetUp()
    {
        Interfaces.Raise("lo");
        File.WriteAllText("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
        File.WriteAllText("/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(int fd, int type);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}

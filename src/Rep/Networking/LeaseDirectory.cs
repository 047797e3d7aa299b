using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// Things of which a network namespace has only one (a host port, a subnet), shared between the cells on a machine: a file
/// per thing, made exclusively, that says which path it is held for. When that path is gone, so is the lease.
/// </summary>
internal sealed class LeaseDirectory
{
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
                if (!IsLapsed(path)) return false;
                File.Delete(path);
            }
        }

        return false;
    }

    public void Release(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        if (Owner(path) == owner) File.Delete(path);
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
}

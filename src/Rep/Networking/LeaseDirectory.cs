using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// Leases of resources shared by the cells of a machine, which exist once per network namespace (a host port, a subnet) or once per
/// machine (users). Each lease is a file with the path that it is held for, and lapses when that path is gone. Taking, releasing and
/// sweeping hold the directory's lock, so that two cells cannot both take over a lapsed lease.
/// </summary>
internal sealed class LeaseDirectory
{
    private const string LockName = ".lock";
    private const string NewName = ".new";
    private const string NamespacePrefix = "net-";

    private readonly string _directory;

    /// <param name="kind">Kind of resource, such as <c>ports</c>.</param>
    public LeaseDirectory(string root, string kind)
    {
        // Cells in different network namespaces cannot collide, so each namespace has its own leases.
        var network = Native.Stat("/proc/thread-self/ns/net", follow: true)!.Value.Inode;
        _directory = Path.Combine(root, $"{NamespacePrefix}{network}", kind);
    }

    private LeaseDirectory(string directory) => _directory = directory;

    /// <summary>Leases of resources that exist once per machine, whatever the network namespace of its cells.</summary>
    public static LeaseDirectory OfMachine(string root, string kind) => new(Path.Combine(root, kind));

    /// <param name="owner">An existing path of the holder; the lease lapses when the path is gone.</param>
    /// <returns>False if another owner holds the lease.</returns>
    public bool TryTake(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        using var held = Hold(_directory);
        if (Owner(path) is { } current && current != owner && !IsLapsed(current))
            return false;

        // Write atomically: a rep that crashes here must not leave a lease without an owner, which would never lapse.
        var written = Path.Combine(_directory, NewName);
        File.WriteAllText(written, owner);
        File.Move(written, path, overwrite: true);
        return true;
    }

    public void Release(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        using var held = Hold(_directory);
        if (Owner(path) == owner)
            File.Delete(path);
    }

    /// <summary>Releases whatever the owner holds; succeeds if it holds nothing.</summary>
    public void ReleaseAll(string owner)
    {
        if (!Directory.Exists(_directory))
            return;
        using var held = Hold(_directory);
        foreach (var file in Directory.GetFiles(_directory))
        {
            if (Path.GetFileName(file) != LockName && Owner(file) == owner)
                File.Delete(file);
        }
    }

    /// <summary>Removes lapsed leases in all network namespaces, and the directories that are empty afterwards.</summary>
    public static void Sweep(string root)
    {
        using var held = Hold(root); // the only sweeper
        foreach (var network in Directory.GetDirectories(root, NamespacePrefix + "*"))
        {
            foreach (var kind in Directory.GetDirectories(network))
                SweepKind(kind);
            RemoveIfEmpty(network);
        }
    }

    private static void SweepKind(string directory)
    {
        using var held = Hold(directory);
        var isEmpty = true;
        foreach (var file in Directory.GetFiles(directory))
        {
            if (Path.GetFileName(file) == LockName)
                continue;
            if (Owner(file) is { } owner && !IsLapsed(owner))
                isEmpty = false;
            else
                File.Delete(file);
        }

        if (!isEmpty)
            return;
        File.Delete(Path.Combine(directory, LockName));
        RemoveIfEmpty(directory);
    }

    private static void RemoveIfEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
        }
        catch (IOException)
        {
            // The directory still holds a lease, or a cell has just started to use it again. The next sweep tries again.
        }
    }

    private static IDisposable Hold(string directory) => FileLock.Hold(Path.Combine(directory, LockName));

    private static bool IsLapsed(string owner) => !Path.Exists(owner);

    private static string? Owner(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}

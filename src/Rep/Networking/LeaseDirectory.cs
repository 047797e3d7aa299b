using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Networking;

/// <summary>
/// Things of which a network namespace has only one (a host port, a subnet), or the machine (users), shared between the cells on a machine: a file
/// per thing, that says which path it is held for. When that path is gone, so is the lease. Whoever takes, gives back or sweeps up holds
/// the directory's lock, so that two finders of one lapsed lease do not both have it.
/// </summary>
internal sealed class LeaseDirectory
{
    private const string LockName = ".lock";
    private const string NewName = ".new";
    private const string NamespacePrefix = "net-";

    private readonly string _directory;

    /// <param name="kind">Such as <c>ports</c>.</param>
    public LeaseDirectory(string root, string kind)
    {
        // Cells in different network namespaces cannot collide, so each namespace has leases of its own.
        var network = Native.Stat("/proc/thread-self/ns/net", follow: true)!.Value.Inode;
        _directory = Path.Combine(root, $"{NamespacePrefix}{network}", kind);
    }

    private LeaseDirectory(string directory) => _directory = directory;

    /// <summary>Of things that the whole machine has only once, whatever network namespace its cells are in.</summary>
    public static LeaseDirectory OfMachine(string root, string kind) => new(Path.Combine(root, kind));

    /// <param name="owner">An existing path of the holder; the lease lapses when it vanishes.</param>
    /// <returns>False when somebody else holds it.</returns>
    public bool TryTake(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        using var held = Hold(_directory);
        if (Owner(path) is { } current && current != owner && !IsLapsed(current)) return false;

        // Whole or not at all: a rep that dies here must not leave a lease that is nobody's and lapses never.
        var written = Path.Combine(_directory, NewName);
        File.WriteAllText(written, owner);
        File.Move(written, path, overwrite: true);
        return true;
    }

    public void Release(string name, string owner)
    {
        var path = Path.Combine(_directory, name);
        using var held = Hold(_directory);
        if (Owner(path) == owner) File.Delete(path);
    }

    /// <summary>Removes what is held for paths that are gone, in all network namespaces, and the directories that hold nothing afterwards.</summary>
    public static void Sweep(string root)
    {
        using var held = Hold(root); // the only sweeper
        foreach (var network in Directory.GetDirectories(root, NamespacePrefix + "*"))
        {
            foreach (var kind in Directory.GetDirectories(network)) SweepKind(kind);
            RemoveIfEmpty(network);
        }
    }

    private static void SweepKind(string directory)
    {
        using var held = Hold(directory);
        var isEmpty = true;
        foreach (var file in Directory.GetFiles(directory))
        {
            if (Path.GetFileName(file) == LockName) continue;
            if (Owner(file) is { } owner && !IsLapsed(owner)) isEmpty = false;
            else File.Delete(file);
        }

        if (!isEmpty) return;
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
            // Something is still held there, or somebody came back to it at this moment. The next sweep looks again.
        }
    }

    private static IDisposable Hold(string directory) => FileLock.Hold(Path.Combine(directory, LockName));

    private static bool IsLapsed(string owner) => !Path.Exists(owner);

    private static string? Owner(string path) => File.Exists(path) ? File.ReadAllText(path) : null;
}

namespace Scheduler.Contracts.Work;

/// <summary>Where in a container work may have something mounted. The rest belongs to the kernel and to the cell.</summary>
public static class MountTargets
{
    private static readonly string[] Kernel = ["/proc", "/sys", "/dev"];

    /// <summary>Directories and files that the cell itself mounts.</summary>
    private static readonly string[] Cell =
    [
        "/etc/hosts",
        "/etc/hostname",
        "/etc/resolv.conf",
        "/etc/cf-instance-credentials",
        "/etc/cf-service-bindings",
    ];

    /// <summary>What the directory must be and is not; null if it is valid.</summary>
    public static string? Broken(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        if (directory is not ['/', _, ..] || directory[1..].TrimEnd('/').Split('/').Any(name => name is "" or "." or ".."))
            return "must be an absolute path below / without empty parts, . and ..";
        var path = Normal(directory);
        if (Kernel.FirstOrDefault(kernel => IsAtOrBelow(path, kernel)) is { } own)
            return $"must not be {own} or below it, which belongs to the kernel";
        if (Cell.FirstOrDefault(cell => IsAtOrBelow(path, cell) || IsAtOrBelow(cell, path)) is { } taken)
            return $"must not cover {taken}, which the cell provides";
        return null;
    }

    /// <summary>Without slashes at the end: two spellings of one directory are equal.</summary>
    public static string Normal(string directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return directory.TrimEnd('/');
    }

    /// <summary>
    /// Two directories of which one is the other or below it; null if there are none. A mount within a mount would have the runtime create
    /// a directory in a volume that other containers change meanwhile.
    /// </summary>
    public static (string Outer, string Inner)? Overlap(IEnumerable<string> directories)
    {
        // In this order a directory comes right before what is below it.
        var sorted = directories.Select(directory => Normal(directory) + "/").Order(StringComparer.Ordinal).ToList();
        for (var i = 1; i < sorted.Count; i++)
        {
            if (sorted[i].StartsWith(sorted[i - 1], StringComparison.Ordinal))
                return (Normal(sorted[i - 1]), Normal(sorted[i]));
        }

        return null;
    }

    private static bool IsAtOrBelow(string path, string parent) =>
        path == parent || path.StartsWith(parent + "/", StringComparison.Ordinal);
}

namespace Scheduler.Rep.Runtime.Linux;

/// <summary>Finds the programs that a cell needs; the error for a missing one says where it looked.</summary>
internal static class Programs
{
    private static readonly string[] Usual = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>PATH of every program that the runtime starts; they do not get the rep's own environment.</summary>
    public static string Path { get; } = string.Join(':', Usual);

    /// <param name="nameOrPath">A name to look up in the usual directories and PATH, or an absolute path.</param>
    /// <param name="package">The Debian package that contains it.</param>
    /// <exception cref="ContainerRuntimeException">The program was not found.</exception>
    public static string Find(string nameOrPath, string package) => Find(nameOrPath, SearchPath(nameOrPath), package);

    public static string Find(string nameOrPath, IReadOnlyList<string> directories, string package)
    {
        if (nameOrPath.StartsWith('/'))
            return IsExecutable(nameOrPath) ? nameOrPath : throw Missing(nameOrPath, [nameOrPath], package);
        foreach (var directory in directories)
        {
            var candidate = System.IO.Path.Combine(directory, nameOrPath);
            if (IsExecutable(candidate))
                return candidate;
        }

        throw Missing(nameOrPath, [.. directories.Select(directory => System.IO.Path.Combine(directory, nameOrPath))], package);
    }

    private static List<string> SearchPath(string name)
    {
        var own = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return name.StartsWith('/') ? [] : [.. Usual.Concat(own.Where(directory => directory.StartsWith('/'))).Distinct()];
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;

    private static ContainerRuntimeException Missing(string name, IReadOnlyList<string> lookedUp, string package) =>
        new(
            $"{System.IO.Path.GetFileName(name)} is missing (looked for {string.Join(", ", lookedUp)}): install the package {package} (apt-get install {package})"
        );
}

using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flag <c>--preloaded NAME=DIR</c>.</summary>
internal static class PreloadedRootFs
{
    private const string Scheme = "preloaded:";

    /// <exception cref="DomainException">An entry is malformed, its directory does not exist, or a name is repeated.</exception>
    public static Dictionary<string, string> Parse(IReadOnlyList<string> entries)
    {
        var roots = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var equals = entry.IndexOf('=');
            if (equals <= 0 || equals == entry.Length - 1)
                throw DomainError.Invalid("preloaded", $"must be NAME=DIR, not \"{entry}\"").ToException();
            var (name, directory) = (entry[..equals], Path.GetFullPath(entry[(equals + 1)..]));
            if (!Directory.Exists(directory))
                throw DomainError.Invalid("preloaded", $"{directory} is not a directory").ToException();
            if (!roots.TryAdd(name, directory))
                throw DomainError.Invalid("preloaded", $"defines {name} twice").ToException();
        }

        return roots;
    }

    /// <summary>The flag <c>--health-check-rootfs</c>.</summary>
    /// <param name="given">The value of the flag; null if it is not given.</param>
    /// <param name="names">The root filesystems on this machine, in the order given.</param>
    /// <returns>Empty for no check.</returns>
    /// <exception cref="DomainException">The root filesystem is not on this machine.</exception>
    public static string ForHealthCheck(string? given, IReadOnlyCollection<string> names)
    {
        if (given is "none")
            return "";
        if (given is null)
            return names.Count > 0 ? Scheme + names.First() : "";
        return given.StartsWith(Scheme, StringComparison.Ordinal) && names.Contains(given[Scheme.Length..])
            ? given
            : throw DomainError
                .Invalid("health_check_rootfs", $"must be none, or {Scheme}NAME given with --preloaded, not \"{given}\"")
                .ToException();
    }
}

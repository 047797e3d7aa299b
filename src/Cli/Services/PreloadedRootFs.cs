using Scheduler.Models;

namespace Scheduler.Cli.Services;

/// <summary>The flag <c>--preloaded NAME=DIR</c>.</summary>
internal static class PreloadedRootFs
{
    /// <exception cref="DomainException">An entry is not of that form, names no folder, or a name is there twice.</exception>
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
                throw DomainError.Invalid("preloaded", $"{directory} is no folder").ToException();
            if (!roots.TryAdd(name, directory))
                throw DomainError.Invalid("preloaded", $"names {name} twice").ToException();
        }

        return roots;
    }
}

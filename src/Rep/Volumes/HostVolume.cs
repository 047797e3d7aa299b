using Scheduler.Models;

namespace Scheduler.Rep.Volumes;

/// <summary>
/// A directory of this machine that work can mount. Its name is the name of a volume driver that the cell announces, so that the auction
/// places work that asks for it here.
/// </summary>
/// <param name="Name">1 to 64 characters of <c>A-Z a-z 0-9 _ . -</c>, beginning with a letter or digit.</param>
/// <param name="Path">Absolute path of a directory, without symbolic links.</param>
/// <param name="ReadOnly">No container can write to it, whatever its work asks for.</param>
public sealed record HostVolume(string Name, string Path, bool ReadOnly)
{
    /// <summary>The name of the setting.</summary>
    public const string Setting = "volume";

    private const int LongestName = 64;

    /// <summary><c>NAME=PATH</c>, <c>NAME=PATH:ro</c> or <c>NAME=PATH:rw</c>.</summary>
    /// <exception cref="DomainException">The text is none of these, or the path is not absolute and plain.</exception>
    public static HostVolume Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var equals = text.IndexOf('=');
        if (equals < 0)
            throw Invalid($"must be NAME=PATH[:ro], not \"{text}\"");
        var (name, path) = (text[..equals], text[(equals + 1)..]);
        if (!IsName(name))
            throw Invalid(
                $"names must be 1 to {LongestName} characters of A-Z a-z 0-9 _ . - and begin with a letter or digit, not \"{name}\""
            );
        var readOnly = path.EndsWith(":ro", StringComparison.Ordinal);
        if (readOnly || path.EndsWith(":rw", StringComparison.Ordinal))
            path = path[..^3];
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        if (path is not ['/', ..] || path[1..].Split('/').Any(part => part is "." or "..") || path.Contains("//") || path.Contains('\0'))
            throw Invalid($"{name} must have an absolute path without . and .., not \"{path}\"");
        return new HostVolume(name, path, readOnly);
    }

    internal static DomainException Invalid(string rule) => DomainError.Invalid(Setting, rule).ToException();

    private static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');
}

using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>A path in a container, written as <c>web/0:/etc/motd</c>.</summary>
internal sealed record RemotePath(InstanceName Instance, string Path)
{
    /// <summary>
    /// Null if the text is a path on this machine: without a colon, or with a slash or a dot at its start, as in <c>./a:b</c>.
    /// </summary>
    /// <exception cref="DomainException">The instance or the path is invalid.</exception>
    public static RemotePath? Parse(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 0 || text is ['/' or '.', ..])
            return null;
        var path = text[(colon + 1)..];
        return path is ['/', ..]
            ? new RemotePath(InstanceName.Parse(text[..colon]), path)
            : throw DomainError
                .Invalid("path", $"must be absolute after the colon, such as {text[..colon]}:/tmp, not \"{path}\"")
                .ToException();
    }

    /// <summary>Its last name; empty for the root.</summary>
    public string BaseName => Path.TrimEnd('/') is { Length: > 0 } trimmed ? trimmed[(trimmed.LastIndexOf('/') + 1)..] : "";

    public override string ToString() => $"{Instance}:{Path}";
}

using Scheduler.Client.Files;
using Scheduler.Models;

namespace Scheduler.Client.Access;

/// <summary>A port of this machine that leads to one in a container.</summary>
/// <param name="Local">0: any free one.</param>
internal readonly record struct LocalPort(uint Local, uint Remote)
{
    /// <summary><c>PORT</c>, <c>LOCAL:PORT</c> or <c>0:PORT</c>.</summary>
    /// <exception cref="DomainException">It is none of them.</exception>
    public static LocalPort Parse(string text)
    {
        var colon = text.IndexOf(':');
        var (local, remote) = colon < 0 ? (text, text) : (text[..colon], text[(colon + 1)..]);
        return Numbers.TryPort(remote) is { } port && (local == "0" ? 0 : Numbers.TryPort(local)) is { } own
            ? new LocalPort(own, port)
            : throw DomainError
                .Invalid("PORT", $"must be {Numbers.PortRule}, or two of them such as 8080:80 (0:80 takes any free one), not \"{text}\"")
                .ToException();
    }
}

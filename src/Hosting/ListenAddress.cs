using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Scheduler.Models;

namespace Scheduler.Hosting;

/// <summary>A listen address: <c>host:port</c>, <c>[v6]:port</c> or <c>unix:///path</c>.</summary>
public sealed record ListenAddress(IPEndPoint? EndPoint, string? UnixPath)
{
    private const string UnixPrefix = "unix://";

    /// <param name="field">The option's name, for the error.</param>
    /// <exception cref="DomainException">The text has none of these forms.</exception>
    public static ListenAddress Parse(string text, string field)
    {
        if (text.StartsWith(UnixPrefix + "/", StringComparison.Ordinal))
            return new ListenAddress(null, text[UnixPrefix.Length..]);
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        if (host == "localhost")
            host = "127.0.0.1";
        if (colon > 0 && IPAddress.TryParse(host, out var address) && ushort.TryParse(text[(colon + 1)..], out var port))
            return new ListenAddress(new IPEndPoint(address, port), null);
        throw DomainError.Invalid(field, $"must be address:port (such as 127.0.0.1:8889) or unix:///path, not \"{text}\"").ToException();
    }

    internal void Bind(KestrelServerOptions kestrel, Action<ListenOptions> configure)
    {
        if (UnixPath is not null)
            kestrel.ListenUnixSocket(UnixPath, configure);
        else
            kestrel.Listen(EndPoint!, configure);
    }
}

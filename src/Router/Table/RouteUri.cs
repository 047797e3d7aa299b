namespace Scheduler.Router.Table;

/// <summary>
/// A hostname with an optional path, both in lower case, because gorouter ignores case in both. A wildcard stands for one or more labels at
/// the beginning of the hostname.
/// </summary>
/// <param name="Host">The hostname; for a wildcard, what follows <c>*.</c>.</param>
/// <param name="Path">Empty, or with a leading slash and no trailing one.</param>
internal readonly record struct RouteUri(string Host, string Path, bool IsWildcard)
{
    private const int MaxHostLength = 253;
    private const int MaxPathLength = 1024;

    /// <summary>Reads <c>host</c>, <c>host/path</c> or <c>*.domain/path</c>; a query is dropped.</summary>
    public static bool TryParse(string? text, out RouteUri uri)
    {
        uri = default;
        if (text is null)
            return false;
        var end = text.AsSpan().IndexOf('?');
        var whole = end < 0 ? text.AsSpan() : text.AsSpan(0, end);
        var slash = whole.IndexOf('/');
        var host = slash < 0 ? whole : whole[..slash];
        var path = slash < 0 ? "" : whole[slash..].TrimEnd('/');
        var isWildcard = host.StartsWith("*.");
        if (isWildcard)
            host = host[2..];
        if (host.IsEmpty || host.Length > MaxHostLength || path.Length > MaxPathLength || !IsHost(host))
            return false;
        // Requests are matched by their decoded paths.
        uri = new RouteUri(host.ToString().ToLowerInvariant(), Uri.UnescapeDataString(path).ToLowerInvariant(), isWildcard);
        return true;
    }

    public override string ToString() => (IsWildcard ? "*." : "") + Host + Path;

    /// <summary>The name in a request's Host header, without its port and without the root's dot.</summary>
    public static ReadOnlySpan<char> HostOf(ReadOnlySpan<char> header)
    {
        var colon = header.LastIndexOf(':');
        // The address [::1] has colons of its own.
        if (colon >= 0 && header[^1] != ']')
            header = header[..colon];
        return header.EndsWith(".") ? header[..^1] : header;
    }

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        foreach (var c in host)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }

        return host[0] != '.' && host[^1] != '.' && host.IndexOf("..") < 0;
    }
}

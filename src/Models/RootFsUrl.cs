namespace Scheduler.Models;

/// <summary>The two parts of a root filesystem URL that placement uses, split as Go's <c>net/url</c> does.</summary>
/// <param name="Scheme">Lower case; empty if there is none.</param>
/// <param name="Opaque">What follows the scheme if it is not a path, without query and fragment; else empty.</param>
public readonly record struct RootFsUrl(string Scheme, string Opaque)
{
    public static RootFsUrl Parse(string text)
    {
        var fragment = text.IndexOf('#');
        var rest = fragment < 0 ? text.AsSpan() : text.AsSpan(0, fragment);
        var colon = SchemeLength(rest);
        if (colon <= 0)
            return new RootFsUrl("", "");
        var scheme = rest[..colon].ToString().ToLowerInvariant();
        rest = rest[(colon + 1)..];
        var query = rest.IndexOf('?');
        if (query >= 0)
            rest = rest[..query];
        return new RootFsUrl(scheme, rest.StartsWith("/") ? "" : rest.ToString());
    }

    private static int SchemeLength(ReadOnlySpan<char> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsAsciiLetter(c))
                continue;
            if (c == ':')
                return i;
            if (i == 0 || !(char.IsAsciiDigit(c) || c is '+' or '-' or '.'))
                return -1;
        }

        return -1;
    }
}

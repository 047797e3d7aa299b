using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Scheduler.Models;

/// <summary>
/// The name of an image in a registry, as Docker reads it: <c>[host[:port]/]repository[:tag][@digest]</c>. Without a host it is one of
/// Docker Hub's, where a repository without a slash is below <c>library/</c>; without tag and digest the tag is <c>latest</c>.
/// </summary>
/// <param name="Host">With its port, if it names one.</param>
/// <param name="Repository">Its path at the registry.</param>
/// <param name="Tag">Null when only the digest counts.</param>
/// <param name="Digest"><c>sha256:</c> and 64 digits; null when the tag counts.</param>
public sealed partial record ImageName(string Host, string Repository, string? Tag, string? Digest)
{
    public const string Scheme = "docker";
    public const string HubHost = "docker.io";

    private const string Prefix = Scheme + "://";
    private const string DefaultTag = "latest";

    /// <summary>Registries allow no more.</summary>
    private const int LongestRepository = 255;

    /// <summary>What stands for the image in a manifest's address: the digest if there is one.</summary>
    public string Reference => Digest ?? Tag!;

    /// <summary>Whether a root filesystem URL is of this kind.</summary>
    public static bool IsUrl(string url) => url.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Reads <c>docker://NAME</c>, and Diego's <c>docker:///NAME#TAG</c>.</summary>
    public static bool TryParseUrl(string url, [NotNullWhen(true)] out ImageName? name, out string rule)
    {
        (name, rule) = (null, $"must begin with {Prefix}");
        if (!IsUrl(url))
            return false;
        var text = url[Prefix.Length..].TrimStart('/');
        if (text.IndexOf('#') is >= 0 and var hash)
        {
            var (front, tag) = (text[..hash], text[(hash + 1)..]);
            if (TagOf(front).Length > 0 || front.Contains('@'))
            {
                rule = "must have one tag or digest, behind ':', '@' or '#'";
                return false;
            }

            text = $"{front}:{tag}";
        }

        return TryParse(text, out name, out rule);
    }

    /// <param name="rule">What a text that is no name should be.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out ImageName? name, out string rule)
    {
        name = null;
        string? digest = null;
        if (text.IndexOf('@') is >= 0 and var at)
        {
            (text, digest) = (text[..at], text[(at + 1)..]);
            rule = "must end with @sha256: and 64 lower-case hexadecimal digits where it names a digest";
            if (!DigestForm().IsMatch(digest))
                return false;
        }

        var tag = TagOf(text);
        if (tag.Length > 0)
            text = text[..^tag.Length];
        rule = "must have a tag of 1 to 128 letters, digits, '_', '.' or '-'";
        if (tag.Length > 0 && !TagForm().IsMatch(tag[1..]))
            return false;

        var (host, repository) = SplitHost(text);
        rule =
            "must be [host[:port]/]repository[:tag][@digest]; a repository has lower-case letters and digits, with '.', '_', '-' and '/' between them";
        if (host.Length > 0 && !HostForm().IsMatch(host))
            return false;
        if (repository.Length is 0 or > LongestRepository || !RepositoryForm().IsMatch(repository))
            return false;

        if (host is "" or "index.docker.io")
            host = HubHost;
        if (host == HubHost && !repository.Contains('/'))
            repository = $"library/{repository}";
        name = new ImageName(
            host,
            repository,
            tag.Length > 0 ? tag[1..]
                : digest is null ? DefaultTag
                : null,
            digest
        );
        return true;
    }

    /// <summary>The full name, without its scheme.</summary>
    public override string ToString() => $"{Host}/{Repository}{(Tag is null ? "" : $":{Tag}")}{(Digest is null ? "" : $"@{Digest}")}";

    /// <summary>The tag with its colon; the colon of a port is before the last slash.</summary>
    private static string TagOf(string text) => text.LastIndexOf(':') is var colon && colon > text.LastIndexOf('/') ? text[colon..] : "";

    /// <summary>The first part is a host when it could not be part of a repository of Docker Hub.</summary>
    private static (string Host, string Repository) SplitHost(string text)
    {
        var slash = text.IndexOf('/');
        if (slash < 0)
            return ("", text);
        var first = text[..slash];
        return first.AsSpan().IndexOfAny('.', ':') >= 0 || first == "localhost" || first.Any(char.IsAsciiLetterUpper)
            ? (first, text[(slash + 1)..])
            : ("", text);
    }

    [GeneratedRegex(@"^sha256:[0-9a-f]{64}\z")]
    private static partial Regex DigestForm();

    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex TagForm();

    [GeneratedRegex(@"^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(:[0-9]{1,5})?\z")]
    private static partial Regex HostForm();

    [GeneratedRegex(@"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\z")]
    private static partial Regex RepositoryForm();
}

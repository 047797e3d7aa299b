using Scheduler.Models;

namespace Scheduler.Rep.Images;

/// <summary>The target of a root filesystem URL. See <see cref="Parse"/> for the forms.</summary>
internal abstract record ImageReference
{
    private ImageReference() { }

    /// <summary>A root filesystem from the cell's configuration.</summary>
    public sealed record Preloaded(string Name) : ImageReference;

    /// <summary>An OCI image layout on this machine: a directory, or a tar archive of one.</summary>
    /// <param name="Tag">The manifest's <c>org.opencontainers.image.ref.name</c>; null if the layout has only one image for this
    /// platform.</param>
    public sealed record Layout(string Path, string? Tag) : ImageReference
    {
        /// <summary>
        /// All possible readings of the text, likeliest first, because image names contain colons and slashes themselves, as in
        /// <c>/srv/images:localhost/web:v1</c>. The first whose path exists is used.
        /// </summary>
        public IEnumerable<(string Path, string? Tag)> Readings()
        {
            yield return (Path, Tag);
            if (Tag is not null)
                yield return ($"{Path}:{Tag}", null);
            for (var colon = Path.LastIndexOf(':'); colon > 0; colon = Path.LastIndexOf(':', colon - 1))
                yield return (Path[..colon], Path[(colon + 1)..] + (Tag is null ? "" : $":{Tag}"));
        }
    }

    /// <summary>An image in a registry.</summary>
    public sealed record Registry(ImageName Name) : ImageReference;

    /// <summary>
    /// <list type="bullet">
    /// <item><c>preloaded:NAME</c></item>
    /// <item><c>docker://[host[:port]/]repository[:tag][@digest]</c>, see <see cref="ImageName"/></item>
    /// <item><c>oci:///path/to/layout[:TAG]</c>, a directory with index.json, oci-layout and blobs</item>
    /// <item><c>oci:///path/to/image.tar[:TAG]</c>, an uncompressed tar archive of such a directory, or one that <c>docker save</c> wrote</item>
    /// </list>
    /// A tag begins after the last colon behind the last slash.
    /// </summary>
    /// <exception cref="DomainException">The URL has none of these forms.</exception>
    public static ImageReference Parse(string url)
    {
        const string preloaded = "preloaded:",
            oci = "oci://";
        if (url.StartsWith(preloaded, StringComparison.Ordinal) && url.Length > preloaded.Length)
            return new Preloaded(url[preloaded.Length..]);
        if (ImageName.IsUrl(url))
            return ImageName.TryParseUrl(url, out var name, out var rule)
                ? new Registry(name)
                : throw DomainError.Invalid("rootfs", rule).ToException();
        if (!url.StartsWith(oci, StringComparison.Ordinal))
            throw Bad(
                url,
                "must be preloaded:NAME, docker://NAME or oci:///path/to/layout[:tag]; this cell knows no other kind of root filesystem"
            );

        var path = url[oci.Length..];
        string? tag = null;
        var colon = path.LastIndexOf(':');
        if (colon > path.LastIndexOf('/'))
            (path, tag) = (path[..colon], path[(colon + 1)..]);
        if (path is not ['/', _, ..] || path.Contains('\0') || path.Split('/').Contains(".."))
            throw Bad(url, "must be oci:// and an absolute path without '..'");
        if (tag is "")
            throw Bad(url, "must not end with a colon");
        return new Layout(path.TrimEnd('/'), tag);
    }

    private static DomainException Bad(string url, string rule) => DomainError.Invalid("rootfs", $"{rule} (was '{url}')").ToException();
}

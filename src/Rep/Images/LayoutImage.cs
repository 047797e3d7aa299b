using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Images;

/// <summary>An image in an OCI image layout; every blob is checked against the digest and size in its reference.</summary>
internal sealed class LayoutImage(ImageLayout layout, string? tag, ImageOptions options) : IImageSource
{
    public const string IndexFile = "index.json";

    private const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>The full name, if containerd or docker wrote the layout and the name above is only the tag.</summary>
    private const string FullName = "io.containerd.image.name";

    public async Task<ImageManifest> ReadAsync(CancellationToken cancellation)
    {
        var content =
            await layout.ReadAsync(IndexFile, options.MaxDocumentBytes, cancellation)
            ?? throw ImageError.Bad($"{layout.Path} is not an OCI image layout: it has no index.json");
        var index = ManifestReader.ParseIndex(content, IndexFile);
        var reader = new ManifestReader(ReadBlobAsync, Platform.OfThisMachine, options);
        return await reader.OneOfAsync(Tagged(index.Manifests ?? []), cancellation);
    }

    public Task<VerifiedStream> OpenLayerAsync(ImageLayer layer, CancellationToken cancellation) =>
        Task.FromResult(new VerifiedStream(Open(layer.Blob), $"blob {layer.Blob.Digest}", layer.Blob.Size, layer.Blob));

    private async Task<byte[]> ReadBlobAsync(OciDescriptor blob, CancellationToken cancellation)
    {
        await using var file = Open(blob);
        var content = new byte[blob.Size + 1]; // one more shows that there is more than was said
        var length = await file.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation);
        return content[..length];
    }

    private Stream Open(OciDescriptor blob) =>
        layout.Open($"blobs/sha256/{Digests.Hex(blob.Digest)}") ?? throw ImageError.Bad($"blob {blob.Digest} is missing in {layout.Path}");

    private IReadOnlyList<OciDescriptor> Tagged(List<OciDescriptor> manifests)
    {
        if (tag is null)
            return manifests;
        foreach (var annotation in (string[])[RefName, FullName])
        {
            List<OciDescriptor> named =
            [
                .. manifests.Where(manifest => ImageNames.AreEqual(manifest.Annotations?.GetValueOrDefault(annotation), tag)),
            ];
            if (named.Count > 0)
                return named;
        }

        var known = manifests.Select(manifest => manifest.Annotations?.GetValueOrDefault(RefName)).OfType<string>().Distinct();
        throw ImageError.Bad($"the layout has no image tagged '{tag}' (it has: {string.Join(", ", known)})");
    }
}

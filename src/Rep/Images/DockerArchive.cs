using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Images;

/// <summary>
/// An image in an archive as written by <c>docker save</c> before Docker 25, and still by podman. Its layers are named by files; the
/// configuration verifies them.
/// </summary>
internal sealed class DockerArchive(ImageLayout archive, string? tag, ImageOptions options) : IImageSource
{
    public const string ManifestFile = "manifest.json";

    private readonly Dictionary<string, string> _files = [];

    public async Task<ImageManifest> ReadAsync(CancellationToken cancellation)
    {
        var images = ManifestReader.ParseDockerArchive(await ReadAsync(ManifestFile, cancellation), ManifestFile);
        var image = Tagged(images);
        var content = await ReadAsync(image.Config, cancellation);
        var config = ManifestReader.ParseConfig(content, image.Config);
        var (layers, diffIds) = (image.Layers ?? [], config.RootFs?.DiffIds ?? []);
        var blobs = layers.Zip(diffIds, (_, diffId) => new OciDescriptor { Digest = diffId }).ToList();
        if (layers.Count != diffIds.Count)
            throw ImageError.Bad($"{ManifestFile} names {layers.Count} layers, but {image.Config} names {diffIds.Count} diff_ids");
        foreach (var (file, diffId) in layers.Zip(diffIds))
            _files[diffId] = file;
        return new ManifestReader(
            (_, _) => throw new InvalidOperationException("everything is read already"),
            Platform.OfThisMachine,
            options
        ).Assemble(blobs, config) with
        {
            Config = content,
        };
    }

    /// <summary>The archive may hold it compressed, so only the decompressed data can be verified, against the diff id.</summary>
    public Task<VerifiedStream> OpenLayerAsync(ImageLayer layer, CancellationToken cancellation)
    {
        var file = archive.Open(_files[layer.DiffId]) ?? throw ImageError.Bad($"{_files[layer.DiffId]} is missing in {archive.Path}");
        return Task.FromResult(new VerifiedStream(file, _files[layer.DiffId], 2 * options.MaxLayerBytes));
    }

    private async Task<byte[]> ReadAsync(string file, CancellationToken cancellation) =>
        await archive.ReadAsync(file, options.MaxDocumentBytes, cancellation)
        ?? throw ImageError.Bad($"{file} is missing in {archive.Path}");

    private DockerArchiveImage Tagged(List<DockerArchiveImage> images)
    {
        if (tag is null)
            return images is [var only] ? only : throw ImageError.Bad("the archive has several images: name one with :tag");
        return images.Find(image => image.RepoTags?.Any(name => ImageNames.AreEqual(name, tag)) == true)
            ?? throw ImageError.Bad(
                $"the archive has no image '{tag}' (it has: {string.Join(", ", images.SelectMany(image => image.RepoTags ?? []))})"
            );
    }
}

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Scheduler.Rep.Images.Content;

/// <summary>Follows an image's documents from an index to its layers, whatever their source.</summary>
/// <param name="read">Reads a blob or manifest, no longer than its descriptor says, not yet verified against it.</param>
internal sealed class ManifestReader(Func<OciDescriptor, CancellationToken, Task<byte[]>> read, Platform platform, ImageOptions options)
{
    /// <summary>Indexes may refer to indexes; no real image nests them deeper than this.</summary>
    private const int DeepestIndex = 4;

    /// <summary>The image for this machine in a layout's index, which may list images with different names.</summary>
    public async Task<ImageManifest> OneOfAsync(IReadOnlyList<OciDescriptor> candidates, CancellationToken cancellation)
    {
        var fitting = platform.Best(candidates);
        if (fitting.Count == 0)
            throw None(candidates);
        if (fitting.Count > 1)
            throw ImageError.Bad("the layout has several images: name one with :tag");
        return await ReadAsync(fitting[0], cancellation);
    }

    /// <summary>The image that a manifest describes, or the one in an index for this machine.</summary>
    public async Task<ImageManifest> ReadAsync(OciDescriptor descriptor, CancellationToken cancellation)
    {
        var named = descriptor.Digest;
        for (var depth = 0; depth <= DeepestIndex; depth++)
        {
            var document = await ReadAsync(descriptor, OciJson.Default.OciManifest, cancellation);
            if (document.Manifests is not { } nested)
                return (await FinishAsync(document, cancellation)) with { Digest = named };

            // One image in several forms that suit this machine equally: any is correct, and other tools take the first.
            descriptor = platform.Best(nested).FirstOrDefault() ?? throw None(nested);
        }

        throw ImageError.Bad($"indexes are nested more than {DeepestIndex} deep");
    }

    public static OciManifest ParseIndex(ReadOnlySpan<byte> json, string name) => Parse(json, name, OciJson.Default.OciManifest);

    public static OciImageConfig ParseConfig(ReadOnlySpan<byte> json, string name) => Parse(json, name, OciJson.Default.OciImageConfig);

    public static List<DockerArchiveImage> ParseDockerArchive(ReadOnlySpan<byte> json, string name) =>
        Parse(json, name, OciJson.Default.ListDockerArchiveImage);

    private static T Parse<T>(ReadOnlySpan<byte> json, string name, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw ImageError.Bad($"{name} is empty");
        }
        catch (JsonException error)
        {
            throw ImageError.Bad($"{name} is not the expected JSON: {error.Message}");
        }
    }

    /// <summary>Combines a configuration with its layer blobs.</summary>
    public ImageManifest Assemble(IReadOnlyList<OciDescriptor> layers, OciImageConfig config)
    {
        var diffIds = config.RootFs?.DiffIds ?? [];
        if (!platform.Runs(config.Os, config.Architecture))
            throw ImageError.Bad($"the image is for {config.Os}/{config.Architecture}, and this cell is {platform}");
        if (layers.Count == 0)
            throw ImageError.Bad("the manifest names no layers");
        if (layers.Count > options.MaxLayers)
            throw ImageError.Bad($"the image has {layers.Count} layers; the limit is {options.MaxLayers}");
        if (layers.Count != diffIds.Count)
            throw ImageError.Bad($"the manifest names {layers.Count} layers, but the config names {diffIds.Count} diff_ids");
        foreach (var digest in layers.Select(layer => layer.Digest).Concat(diffIds))
        {
            if (!Digests.IsSha256(digest))
                throw ImageError.Bad($"layer {digest}: only sha256 digests are supported");
        }

        return new ImageManifest(ImageLayer.Chain(layers, diffIds), config.Config ?? new OciProcessDefaults());
    }

    private async Task<ImageManifest> FinishAsync(OciManifest manifest, CancellationToken cancellation)
    {
        if (manifest.SchemaVersion == 1)
            throw ImageError.Bad(
                "the manifest is of schema version 1, which Docker gave up in 2017: push the image again with a current program"
            );
        var config = manifest.Config ?? throw ImageError.Bad("the manifest names no config");
        var content = await VerifiedAsync(config, cancellation);
        return Assemble(manifest.Layers ?? [], ParseConfig(content, $"blob {config.Digest}")) with { Config = content };
    }

    private async Task<T> ReadAsync<T>(OciDescriptor blob, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        Parse(await VerifiedAsync(blob, cancellation), $"blob {blob.Digest}", type);

    private async Task<byte[]> VerifiedAsync(OciDescriptor blob, CancellationToken cancellation)
    {
        if (!Digests.IsSha256(blob.Digest))
            throw ImageError.Bad($"blob {blob.Digest}: only sha256 digests are supported");
        if (blob.Size < 0 || blob.Size > options.MaxDocumentBytes)
            throw ImageError.Bad($"blob {blob.Digest} has {blob.Size} bytes; the limit for a JSON document is {options.MaxDocumentBytes}");
        var content = await read(blob, cancellation);
        if (content.Length != blob.Size)
            throw ImageError.Bad($"blob {blob.Digest} has {content.Length} bytes, but its descriptor says {blob.Size}");
        if (Digests.Of(content) is var digest && digest != blob.Digest)
            throw ImageError.Bad($"blob {blob.Digest} does not match its digest: the digest of its content is {digest}");
        return content;
    }

    private Models.DomainException None(IEnumerable<OciDescriptor> candidates)
    {
        var known = candidates
            .Select(candidate => candidate.Platform)
            .OfType<OciPlatform>()
            .Where(other => other.Os is not "unknown")
            .Select(other => $"{other.Os}/{other.Architecture}{(other.Variant is { Length: > 0 } ? "/" + other.Variant : "")}")
            .Distinct()
            .Order(StringComparer.Ordinal);
        return ImageError.Bad($"the image is not there for {platform} (it is for: {string.Join(", ", known)})");
    }
}

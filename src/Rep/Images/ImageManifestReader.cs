using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Scheduler.Rep.Images;

/// <summary>An image as its documents describe it.</summary>
/// <param name="Layers">Lowest first.</param>
internal sealed record ImageManifest(IReadOnlyList<ImageLayer> Layers, OciProcessDefaults Defaults);

/// <param name="DiffId">Digest of the layer's tar archive before compression.</param>
internal sealed record ImageLayer(OciDescriptor Blob, string DiffId);

/// <summary>Reads the documents of a layout and checks every blob against the digest and size in its reference.</summary>
internal sealed class ImageManifestReader(ImageLayout layout, ImageOptions options)
{
    private const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>Indexes may refer to indexes; no real image nests them deeper than this.</summary>
    private const int DeepestIndex = 4;

    public async Task<ImageManifest> ReadAsync(string? tag, CancellationToken cancellation)
    {
        await using var file = layout.Open("index.json")
            ?? throw ImageError.Bad($"{layout.Path} is not an OCI image layout: it has no index.json");
        await using var stream = new VerifiedStream(file, "index.json", options.MaxDocumentBytes);
        var index = await ParseAsync(stream, "index.json", OciJson.Default.OciManifest, cancellation);

        var manifest = await FindAsync(Tagged(index.Manifests ?? [], tag), 0, cancellation);
        var configBlob = manifest.Config ?? throw ImageError.Bad("the manifest names no config");
        var config = await ReadBlobAsync(configBlob, OciJson.Default.OciImageConfig, cancellation);
        var layers = manifest.Layers ?? [];
        var diffIds = config.RootFs?.DiffIds ?? [];
        if (layers.Count == 0) throw ImageError.Bad("the manifest names no layers");
        if (layers.Count > options.MaxLayers)
            throw ImageError.Bad($"the image has {layers.Count} layers; the limit is {options.MaxLayers}");
        if (layers.Count != diffIds.Count)
            throw ImageError.Bad($"the manifest names {layers.Count} layers, but the config names {diffIds.Count} diff_ids");
        return new ImageManifest([.. layers.Zip(diffIds, (blob, diffId) => new ImageLayer(blob, diffId))], config.Config ?? new OciProcessDefaults());
    }

    /// <summary>Opens a blob for reading. Do not rely on its content before <see cref="CheckAsync"/>.</summary>
    public VerifiedStream OpenBlob(OciDescriptor blob)
    {
        var digest = blob.Digest;
        if (!IsSha256(digest)) throw ImageError.Bad($"blob {digest}: only sha256 digests are supported");
        var file = layout.Open($"blobs/sha256/{digest["sha256:".Length..]}") ?? throw ImageError.Bad($"blob {digest} is missing in {layout.Path}");
        return new VerifiedStream(file, $"blob {digest}", blob.Size);
    }

    public static async Task CheckAsync(VerifiedStream stream, OciDescriptor blob, CancellationToken cancellation)
    {
        var (digest, length) = await stream.FinishAsync(cancellation);
        if (length != blob.Size) throw ImageError.Bad($"blob {blob.Digest} has {length} bytes, but its descriptor says {blob.Size}");
        if (digest != blob.Digest)
            throw ImageError.Bad($"blob {blob.Digest} does not match its digest: the digest of its content is {digest}");
    }

    public static bool IsSha256(string digest) =>
        digest.Length == 71 && digest.StartsWith("sha256:", StringComparison.Ordinal) && digest.AsSpan(7).IndexOfAnyExcept("0123456789abcdef") < 0;

    private static IReadOnlyList<OciDescriptor> Tagged(List<OciDescriptor> manifests, string? tag)
    {
        if (tag is null) return manifests;
        List<OciDescriptor> named = [.. manifests.Where(manifest => manifest.Annotations?.GetValueOrDefault(RefName) == tag)];
        if (named.Count > 0) return named;
        var known = manifests.Select(manifest => manifest.Annotations?.GetValueOrDefault(RefName)).OfType<string>().Distinct();
        throw ImageError.Bad($"the layout has no image tagged '{tag}' (it has: {string.Join(", ", known)})");
    }

    private async Task<OciManifest> FindAsync(IReadOnlyList<OciDescriptor> candidates, int depth, CancellationToken cancellation)
    {
        if (depth > DeepestIndex) throw ImageError.Bad($"indexes are nested more than {DeepestIndex} deep");
        List<OciDescriptor> fitting = [.. candidates.Where(FitsThisMachine)];
        if (fitting.Count == 0) throw ImageError.Bad($"the layout has no image for linux/{Architecture}");
        if (fitting.Select(descriptor => descriptor.Digest).Distinct().Count() > 1) throw ImageError.Bad("the layout has several images: name one with :tag");

        var document = await ReadBlobAsync(fitting[0], OciJson.Default.OciManifest, cancellation);
        return document.Manifests is { } nested ? await FindAsync(nested, depth + 1, cancellation) : document;
    }

    private static bool FitsThisMachine(OciDescriptor descriptor) =>
        descriptor.Platform is not { } platform || (platform.Os is "linux" or "" && (platform.Architecture == Architecture || platform.Architecture is ""));

    private static string Architecture => RuntimeInformation.OSArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "amd64",
        var other => other.ToString().ToLowerInvariant(),
    };

    private async Task<T> ReadBlobAsync<T>(OciDescriptor blob, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        if (blob.Size < 0 || blob.Size > options.MaxDocumentBytes)
            throw ImageError.Bad($"blob {blob.Digest} has {blob.Size} bytes; the limit for a JSON document is {options.MaxDocumentBytes}");
        await using var stream = OpenBlob(blob);
        var content = new byte[blob.Size];
        var length = await stream.ReadAtLeastAsync(content, content.Length, throwOnEndOfStream: false, cancellation);
        await CheckAsync(stream, blob, cancellation);
        return Parse(content.AsSpan(0, length), $"blob {blob.Digest}", type);
    }

    private static async Task<T> ParseAsync<T>(Stream stream, string name, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, cancellation);
        return Parse(content.GetBuffer().AsSpan(0, (int)content.Length), name, type);
    }

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
}

using Scheduler.Models;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images;

/// <summary>The image data that a container is created from: lower directories and defaults for its processes.</summary>
/// <param name="LowerRoot">The directory that <paramref name="Lower"/> is relative to.</param>
/// <param name="Lower">Topmost first.</param>
/// <param name="LayerKeys">Layers of the store that must be kept while the container exists; empty for a preloaded one.</param>
internal sealed record PreparedImage(string LowerRoot, IReadOnlyList<string> Lower, IReadOnlyList<string> LayerKeys, ImageDefaults Defaults)
{
    /// <summary>Size of its unpacked layers on disk, charged to the container; 0 for a preloaded one, which belongs to the cell.</summary>
    public long Bytes { get; init; }
}

/// <summary>Defaults of an image for processes that do not set these values.</summary>
internal sealed record ImageDefaults(IReadOnlyList<string> Environment, string User, string WorkingDirectory)
{
    // Null in records written before these were stored.
    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>As written in the image, such as <c>SIGQUIT</c>.</summary>
    public string? StopSignal { get; init; }

    public static ImageDefaults None { get; } = new([], "", "");
}

/// <summary>Resolves root filesystem URLs to lower directories.</summary>
internal sealed class ImageStore(string directory, ImageOptions options, IReadOnlyDictionary<string, string> preloaded, TimeProvider time)
{
    private readonly LayerStore _layers = new(directory, options, time);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _held = [];

    /// <summary>
    /// Prepares the layers of an image and protects them from collection until the result is disposed. By then a container's record must
    /// name them.
    /// </summary>
    /// <exception cref="DomainException">The URL or the image is bad; the message names the blob and the entry.</exception>
    public async Task<HeldImage> PrepareAsync(string url, CancellationToken cancellation) => ImageReference.Parse(url) switch
    {
        ImageReference.Preloaded { Name: var name } => new HeldImage(this, Preloaded(name)),
        ImageReference.Layout { Path: var path, Tag: var tag } => await PrepareAsync(path, tag, cancellation),
        var other => throw new InvalidOperationException($"no way to prepare {other}"),
    };

    /// <summary>Collects unused layers to keep the store within its limit.</summary>
    /// <param name="inUse">Layers of all existing containers.</param>
    public long Collect(IEnumerable<string> inUse)
    {
        HashSet<string> keep = [.. inUse];
        lock (_lock)
        {
            keep.UnionWith(_held.Keys);
            return _layers.Collect(keep);
        }
    }

    private PreparedImage Preloaded(string name)
    {
        if (!preloaded.TryGetValue(name, out var path))
        {
            var known = preloaded.Count == 0 ? "none" : string.Join(", ", preloaded.Keys.Order(StringComparer.Ordinal));
            throw ImageError.Bad($"this cell has no preloaded root filesystem '{name}' (it has: {known})");
        }

        if (!Directory.Exists(path))
            throw new ContainerRuntimeException($"the preloaded root filesystem '{name}' is missing: {path} is not a directory");
        return new PreparedImage("/", [Path.GetFullPath(path)], [], ImageDefaults.None);
    }

    private async Task<HeldImage> PrepareAsync(string path, string? tag, CancellationToken cancellation)
    {
        var layout = await ImageLayout.OpenAsync(path, cancellation);
        var reader = new ImageManifestReader(layout, options);
        var manifest = await reader.ReadAsync(tag, cancellation);
        foreach (var layer in manifest.Layers)
        {
            if (!ImageManifestReader.IsSha256(layer.Blob.Digest)) throw ImageError.Bad($"blob {layer.Blob.Digest}: only sha256 digests are supported");
        }

        // An image may list a layer twice; one lower directory is enough, at its topmost position.
        string[] keys = [.. manifest.Layers.Select(layer => LayerStore.Key(layer.Blob.Digest)).Reverse().Distinct()];
        var defaults = new ImageDefaults(manifest.Defaults.Env ?? [], manifest.Defaults.User ?? "", manifest.Defaults.WorkingDir ?? "")
        {
            Entrypoint = manifest.Defaults.Entrypoint,
            Command = manifest.Defaults.Cmd,
            StopSignal = manifest.Defaults.StopSignal,
        };
        var held = new HeldImage(this, new PreparedImage(_layers.Root, [.. keys.Select(LayerStore.Files)], keys, defaults));
        try
        {
            foreach (var layer in manifest.Layers) await _layers.EnsureAsync(reader, layer, cancellation);
            held.Image = held.Image with { Bytes = keys.Sum(_layers.BytesOf) };
        }
        catch
        {
            held.Dispose();
            throw;
        }

        return held;
    }

    /// <summary>Protects an image's layers from collection.</summary>
    internal sealed class HeldImage : IDisposable
    {
        private readonly ImageStore _store;
        private bool _disposed;

        public HeldImage(ImageStore store, PreparedImage image)
        {
            (_store, Image) = (store, image);
            lock (store._lock)
            {
                foreach (var key in image.LayerKeys) store._held[key] = store._held.GetValueOrDefault(key) + 1;
            }
        }

        public PreparedImage Image { get; internal set; }

        public void Dispose()
        {
            if (_disposed) return;
            _disposed = true;
            lock (_store._lock)
            {
                foreach (var key in Image.LayerKeys)
                {
                    if (--_store._held[key] == 0) _store._held.Remove(key);
                }
            }
        }
    }
}

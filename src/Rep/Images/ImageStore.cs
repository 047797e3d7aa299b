using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Images.Registry;
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
internal sealed class ImageStore
{
    private readonly ImageOptions _options;
    private readonly IReadOnlyDictionary<string, string> _preloaded;
    private readonly LayerStore _layers;
    private readonly BlobDownloads _downloads;
    private readonly Registries _registries;
    private readonly PulledImages _pulled;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _held = [];

    public ImageStore(string directory, ImageOptions options, IReadOnlyDictionary<string, string> preloaded, TimeProvider time)
    {
        (_options, _preloaded) = (options, preloaded);
        _layers = new LayerStore(directory, options, time);
        _downloads = new BlobDownloads(Path.Combine(directory, "downloads"), options.Registry, time);
        _registries = new Registries(_downloads, options, time);
        _pulled = new PulledImages(Path.Combine(directory, "pulled"));
    }

    /// <summary>
    /// Prepares the layers of an image and protects them from collection until the result is disposed. By then a container's record
    /// must name them.
    /// </summary>
    /// <exception cref="DomainException">The URL or the image is bad; the message names the blob and the entry.</exception>
    /// <param name="credentials">Credentials for the image's registry; null: those of the cell.</param>
    public async Task<HeldImage> PrepareAsync(string url, RegistryCredentials? credentials, CancellationToken cancellation)
    {
        var reference = ImageReference.Parse(url);
        try
        {
            return reference switch
            {
                ImageReference.Preloaded { Name: var name } => new HeldImage(this, Preloaded(name)),
                ImageReference.Layout layout => await PrepareAsync(ImageLayout.Open(layout, _options, cancellation), cancellation),
                ImageReference.Registry { Name: var name } => await PullAsync(name, credentials, cancellation),
                var other => throw new InvalidOperationException($"no way to prepare {other}"),
            };
        }
        catch (DomainException failure) when (reference is not ImageReference.Preloaded)
        {
            throw ImageError.In(url, failure);
        }
    }

    /// <summary>Collects unused layers to keep the store within its limit.</summary>
    /// <param name="inUse">Layers of all existing containers.</param>
    public long Collect(IEnumerable<string> inUse)
    {
        HashSet<string> keep = [.. inUse];
        lock (_lock)
        {
            keep.UnionWith(_held.Keys);
            var freed = _layers.Collect(keep);
            _pulled.Collect(layer => _layers.Has(layer.ChainId));
            _downloads.Collect();
            return freed;
        }
    }

    private PreparedImage Preloaded(string name)
    {
        if (!_preloaded.TryGetValue(name, out var path))
        {
            var known = _preloaded.Count == 0 ? "none" : string.Join(", ", _preloaded.Keys.Order(StringComparer.Ordinal));
            throw ImageError.Bad($"this cell has no preloaded root filesystem '{name}' (it has: {known})");
        }

        if (!Directory.Exists(path))
            throw new ContainerRuntimeException($"the preloaded root filesystem '{name}' is missing: {path} is not a directory");
        return new PreparedImage("/", [Path.GetFullPath(path)], [], ImageDefaults.None);
    }

    private async Task<HeldImage> PullAsync(ImageName name, RegistryCredentials? credentials, CancellationToken cancellation)
    {
        var policy = _options.Registry.Pull;
        if (policy != ImagePullPolicy.Always && _pulled.Find(name, credentials) is { } known)
        {
            // Protect the layers before looking for them, so that none can be collected in between.
            var held = Hold(known);
            if (known.Layers.All(layer => _layers.Find(LayerStore.Key(layer.ChainId), layer.ChainId)))
                return Weigh(held);
            held.Dispose();
        }

        if (policy == ImagePullPolicy.Never)
            throw ImageError.Bad("it is not on this cell, whose --image-pull is never");
        await using var source = _registries.Open(name, credentials);
        var manifest = await source.ReadAsync(cancellation);
        var pulled = await PrepareAsync(source, manifest, cancellation);
        _pulled.Keep(name, credentials, manifest);
        return pulled;
    }

    private async Task<HeldImage> PrepareAsync(IImageSource source, CancellationToken cancellation) =>
        await PrepareAsync(source, await source.ReadAsync(cancellation), cancellation);

    private async Task<HeldImage> PrepareAsync(IImageSource source, ImageManifest manifest, CancellationToken cancellation)
    {
        var held = Hold(manifest);
        try
        {
            source.Expect([.. manifest.Layers.Where(layer => !_layers.Find(LayerStore.Key(layer.ChainId), layer.ChainId))]);
            for (var i = 0; i < manifest.Layers.Count; i++)
                await _layers.EnsureAsync(source, manifest.Layers, i, cancellation);
            return Weigh(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private HeldImage Hold(ImageManifest manifest)
    {
        string[] keys = [.. manifest.Layers.Select(layer => LayerStore.Key(layer.ChainId)).Reverse()];
        var defaults = new ImageDefaults(manifest.Defaults.Env ?? [], manifest.Defaults.User ?? "", manifest.Defaults.WorkingDir ?? "")
        {
            Entrypoint = manifest.Defaults.Entrypoint,
            Command = manifest.Defaults.Cmd,
            StopSignal = manifest.Defaults.StopSignal,
        };
        return new HeldImage(this, new PreparedImage(_layers.Root, [.. keys.Select(LayerStore.Files)], keys, defaults));
    }

    private HeldImage Weigh(HeldImage held)
    {
        held.Image = held.Image with { Bytes = held.Image.LayerKeys.Sum(_layers.BytesOf) };
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
                foreach (var key in image.LayerKeys)
                    store._held[key] = store._held.GetValueOrDefault(key) + 1;
            }
        }

        public PreparedImage Image { get; internal set; }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            lock (_store._lock)
            {
                foreach (var key in Image.LayerKeys)
                {
                    if (--_store._held[key] == 0)
                        _store._held.Remove(key);
                }
            }
        }
    }
}

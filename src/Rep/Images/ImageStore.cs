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

/// <summary>An image that a container or a client wants on this cell.</summary>
/// <param name="Url">See <see cref="ImageReference.Parse"/>.</param>
internal sealed record ImageRequest(string Url)
{
    /// <summary>Credentials for the image's registry; null: those of the cell.</summary>
    public RegistryCredentials? Credentials { get; init; }

    /// <summary>Null: the cell's.</summary>
    public ImagePullPolicy? Policy { get; init; }

    /// <summary>Handle of the container that it is for; empty for none.</summary>
    public string Container { get; init; } = "";

    /// <summary>Called when a pull begins.</summary>
    public Action<PullProgress> Pulling { get; init; } = static _ => { };
}

/// <summary>Resolves root filesystem URLs to lower directories.</summary>
internal sealed partial class ImageStore
{
    /// <summary>Images of one registry that are pulled at the same time; more wait.</summary>
    private const int PullsAtOnce = 32;

    private readonly ImageOptions _options;
    private readonly IReadOnlyDictionary<string, string> _preloaded;
    private readonly LayerStore _layers;
    private readonly BlobDownloads _downloads;
    private readonly Registries _registries;
    private readonly PulledImages _pulled;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly HashSet<HeldImage> _held = [];
    private readonly HashSet<PullProgress> _pulls = [];

    /// <summary>By registry: images that wait for a slow one do not hold up others.</summary>
    private readonly KeyedLock _places = new(PullsAtOnce);

    public ImageStore(string directory, ImageOptions options, IReadOnlyDictionary<string, string> preloaded, TimeProvider time)
    {
        (_options, _preloaded, _time) = (options, preloaded, time);
        _layers = new LayerStore(directory, options, time);
        _downloads = new BlobDownloads(Path.Combine(directory, "downloads"), options.Registry, time);
        _registries = new Registries(_downloads, options, time);
        _pulled = new PulledImages(Path.Combine(directory, "pulled"), time);
    }

    /// <summary>
    /// Prepares the layers of an image and protects them from collection until the result is disposed. By then a container's record
    /// must name them.
    /// </summary>
    /// <exception cref="DomainException">The URL or the image is bad; the message names the blob and the entry.</exception>
    public async Task<HeldImage> PrepareAsync(ImageRequest request, CancellationToken cancellation)
    {
        var reference = ImageReference.Parse(request.Url);
        try
        {
            return reference switch
            {
                ImageReference.Preloaded { Name: var name } => new HeldImage(this, Preloaded(name), request.Container),
                ImageReference.Layout layout => await ReadAsync(layout, request, cancellation),
                ImageReference.Registry { Name: var name } => await PullAsync(name.ToString(), name, request, cancellation),
                var other => throw new InvalidOperationException($"no way to prepare {other}"),
            };
        }
        catch (DomainException failure) when (reference is not ImageReference.Preloaded)
        {
            throw ImageError.In(request.Url, failure);
        }
    }

    /// <summary>The pulls under way.</summary>
    public IReadOnlyList<PullProgress> Pulls()
    {
        lock (_pulls)
            return [.. _pulls];
    }

    /// <summary>Collects unused layers to keep the store within its limit.</summary>
    /// <param name="containers">All existing containers.</param>
    /// <returns>Bytes freed.</returns>
    public long Collect(IEnumerable<LayerUse> containers)
    {
        DetachedLayers detached;
        lock (_lock)
        {
            detached = _layers.DetachExcess(Uses(containers).Keys);
            if (detached.Directories.Count > 0)
                _pulled.Collect(layer => _layers.Has(layer.ChainId));
            _pulled.Trim();
            _downloads.Collect();
        }

        detached.Delete();
        return detached.Bytes;
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

    private async Task<HeldImage> PullAsync(string key, ImageName name, ImageRequest request, CancellationToken cancellation)
    {
        var policy = request.Policy ?? _options.Registry.Pull;
        if (policy != ImagePullPolicy.Always && _pulled.Find(key, request.Credentials) is { } known)
        {
            // Protect the layers before looking for them, so that none can be collected in between.
            var held = Hold(known, request.Container);
            if (known.Layers.All(layer => _layers.Find(LayerStore.Key(layer.ChainId), layer.ChainId)))
            {
                _pulled.Used(key, request.Credentials);
                return Weigh(held);
            }

            held.Dispose();
        }

        if (policy == ImagePullPolicy.Never)
            throw ImageError.Bad("it is not on this cell, and the pull policy is never");
        using var pull = new Pull(this, request);
        using var timer = new CancellationTokenSource(_options.Registry.PullTimeout, _time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            return await PullAsync(key, name, request, pull.Progress, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw TooSlow(pull.Progress.Read());
        }
    }

    private async Task<HeldImage> PullAsync(
        string key,
        ImageName name,
        ImageRequest request,
        PullProgress progress,
        CancellationToken cancellation
    )
    {
        using var place = await _places.EnterAsync(name.Host, cancellation);
        await using var source = await _registries.OpenAsync(name, request.Credentials, progress, cancellation);
        var manifest = await source.ReadAsync(cancellation);
        var pulled = await PrepareAsync(source, manifest, request, progress, cancellation);
        _pulled.Keep(key, request.Credentials, manifest);
        return pulled;
    }

    /// <summary>The registry or the network is at fault, so the work may try again; it then goes on with what has come.</summary>
    private DomainException TooSlow(ImagePull pull) =>
        new DomainError(
            ErrorKind.Unavailable,
            $"image {pull.Image}: the pull did not end within {Durations.Text(_options.Registry.PullTimeout)} (--image-pull-timeout of the cell); "
                + $"it was {PullText.Describe(pull.Image, (pull.LayersDone, pull.Layers), (pull.BytesDone, pull.Bytes), pull.Trouble)}"
        ).ToException();

    private async Task<HeldImage> ReadAsync(ImageReference.Layout layout, ImageRequest request, CancellationToken cancellation)
    {
        using var pull = new Pull(this, request);
        using var place = await _places.EnterAsync("", cancellation);
        var source = ImageLayout.Open(layout, _options, cancellation);
        var manifest = await source.ReadAsync(cancellation);
        var read = await PrepareAsync(source, manifest, request, pull.Progress, cancellation);
        _pulled.KeepOnce(request.Url, manifest);
        return read;
    }

    private async Task<HeldImage> PrepareAsync(
        IImageSource source,
        ImageManifest manifest,
        ImageRequest request,
        PullProgress progress,
        CancellationToken cancellation
    )
    {
        var held = Hold(manifest, request.Container);
        try
        {
            progress.LayersDone(0, manifest.Layers.Count);
            source.Expect([.. manifest.Layers.Where(layer => !_layers.Find(LayerStore.Key(layer.ChainId), layer.ChainId))]);
            for (var i = 0; i < manifest.Layers.Count; i++)
            {
                await _layers.EnsureAsync(source, manifest.Layers, i, cancellation);
                progress.LayersDone(i + 1, manifest.Layers.Count);
            }

            return Weigh(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private HeldImage Hold(ImageManifest manifest, string container)
    {
        string[] keys = [.. manifest.Layers.Select(layer => LayerStore.Key(layer.ChainId)).Reverse()];
        var defaults = new ImageDefaults(manifest.Defaults.Env ?? [], manifest.Defaults.User ?? "", manifest.Defaults.WorkingDir ?? "")
        {
            Entrypoint = manifest.Defaults.Entrypoint,
            Command = manifest.Defaults.Cmd,
            StopSignal = manifest.Defaults.StopSignal,
        };
        return new HeldImage(this, new PreparedImage(_layers.Root, [.. keys.Select(LayerStore.Files)], keys, defaults), container);
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

        public HeldImage(ImageStore store, PreparedImage image, string container)
        {
            (_store, Image, Use) = (store, image, new LayerUse(container, image.LayerKeys));
            lock (store._lock)
                store._held.Add(this);
        }

        public PreparedImage Image { get; internal set; }

        public LayerUse Use { get; }

        public void Dispose()
        {
            lock (_store._lock)
                _store._held.Remove(this);
        }
    }

    /// <summary>Shows a pull to others while it lasts.</summary>
    private sealed class Pull : IDisposable
    {
        private readonly ImageStore _store;

        public Pull(ImageStore store, ImageRequest request)
        {
            _store = store;
            Progress = new PullProgress(request.Container, request.Url, store._time.GetUtcNow());
            lock (store._pulls)
                store._pulls.Add(Progress);
            request.Pulling(Progress);
        }

        public PullProgress Progress { get; }

        public void Dispose()
        {
            lock (_store._pulls)
                _store._pulls.Remove(Progress);
        }
    }
}

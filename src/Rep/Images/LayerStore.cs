using System.Globalization;
using System.Text;
using System.Text.Json;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Images;

/// <summary>Metadata stored with an unpacked layer.</summary>
/// <param name="ChainId">Null for a layer that an older program unpacked on its own; no image uses such a layer any more.</param>
internal sealed record LayerFacts(string Digest, string DiffId, long Bytes, string? ChainId = null);

/// <param name="Bytes">Of its files.</param>
internal sealed record StoredLayer(string Key, long Bytes, DateTimeOffset UsedAt);

/// <summary>Layers that the store no longer has; their files remain until they are deleted, and until the next start at the latest.</summary>
internal sealed record DetachedLayers(long Bytes, IReadOnlyList<string> Directories)
{
    /// <summary>Can take seconds for large layers.</summary>
    public void Delete()
    {
        foreach (var directory in Directories)
            FileTree.Remove(directory);
    }
}

/// <summary>
/// Stores unpacked layers under names derived from their chain ids: each once for the same layers below it. A layer is what was
/// written to an overlay over those below, so directories that it only implies keep their attributes, and links resolve into lower
/// layers. It appears by a rename when it is complete and verified, so a crash leaves only complete layers and, at worst, a temporary
/// directory that the next start removes.
/// </summary>
internal sealed class LayerStore
{
    private const string FactsFile = "layer.json";
    private const string UsedFile = "used";

    private const UnixFileMode PassableToAll =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead
        | UnixFileMode.OtherExecute;

    private readonly string _layers;
    private readonly string _temporary;
    private readonly ImageOptions _options;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _underWay = [];
    private int _sequence;

    public LayerStore(string directory, ImageOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _layers = Path.Combine(directory, "layers");
        _temporary = Path.Combine(directory, "unpacking");
        foreach (var mount in Mounts.Below(_temporary))
            Mounts.Remove(mount);
        FileTree.Remove(_temporary);
        Directory.CreateDirectory(_layers);
        Directory.CreateDirectory(_temporary);
    }

    /// <summary>The directory that the relative names of layers start from.</summary>
    public string Root => _layers;

    /// <summary>
    /// Short, because the names of all layers of an overlay mount must fit into one page; with 100 bits of the digest, collisions are
    /// still ruled out in practice.
    /// </summary>
    public static string Key(string chainId) => Digests.Hex(Digests.Of(Encoding.ASCII.GetBytes($"chain {chainId}")))[..25];

    /// <summary>Directory of the layer's files, relative to <see cref="Root"/>.</summary>
    public static string Files(string key) => $"{key}/fs";

    /// <summary>Ensures that a layer exists. Concurrent calls for the same layer share the work.</summary>
    /// <param name="layers">Layers of the image, lowest first. Those below <paramref name="number"/> exist and are protected.</param>
    public async Task EnsureAsync(IImageSource image, IReadOnlyList<ImageLayer> layers, int number, CancellationToken cancellation)
    {
        var layer = layers[number];
        var key = Key(layer.ChainId);
        while (true)
        {
            if (Find(key, layer.ChainId))
                return;

            // Others may wait for the same layer from elsewhere, and must not depend on how fast this one comes.
            await image.ReadyAsync(layer, cancellation);
            Task shared;
            TaskCompletionSource? mine = null;
            lock (_lock)
            {
                if (!_underWay.TryGetValue(key, out shared!))
                {
                    mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    _underWay.Add(key, shared = mine.Task);
                }
            }

            if (mine is null)
            {
                // The other caller's failure is not ours: it may have been cancelled, or its copy of the blob may be bad. Try again.
                await shared.WaitAsync(cancellation).Ended();
                cancellation.ThrowIfCancellationRequested();
                continue;
            }

            try
            {
                await UnpackAsync(image, layers, number, cancellation);
                return;
            }
            finally
            {
                lock (_lock)
                    _underWay.Remove(key);
                mine.SetResult();
            }
        }
    }

    /// <summary>The size of a stored layer's files.</summary>
    public long BytesOf(string key) => Read(Path.Combine(_layers, key))?.Bytes ?? 0;

    /// <summary>All layers, the longest unused first.</summary>
    public IReadOnlyList<StoredLayer> All() =>
        [
            .. Directory
                .GetDirectories(_layers)
                .Select(directory => new StoredLayer(Path.GetFileName(directory), Read(directory)?.Bytes ?? 0, UsedAt(directory)))
                .OrderBy(layer => layer.UsedAt),
        ];

    /// <summary>Takes unused layers out of the store until the rest fits into the limit.</summary>
    /// <param name="inUse">Layer keys of containers that exist or are being created.</param>
    public DetachedLayers DetachExcess(IReadOnlySet<string> inUse)
    {
        var all = All();
        var excess = all.Sum(layer => layer.Bytes) - _options.MaxStoreBytes;
        var doomed = new List<StoredLayer>();
        foreach (var layer in all.Where(layer => !inUse.Contains(layer.Key)))
        {
            if (excess <= 0)
                break;
            excess -= layer.Bytes;
            doomed.Add(layer);
        }

        return Detach(doomed);
    }

    /// <summary>Takes layers out of the store, but none that is being unpacked at the moment.</summary>
    public DetachedLayers Detach(IEnumerable<StoredLayer> layers)
    {
        var (bytes, directories) = (0L, new List<string>());
        lock (_lock)
        {
            foreach (var layer in layers.Where(layer => !_underWay.ContainsKey(layer.Key)))
            {
                // Rename before deleting: a partial layer must never be taken for a complete one.
                var doomed = Path.Combine(_temporary, $"removed-{Interlocked.Increment(ref _sequence)}");
                Directory.Move(Path.Combine(_layers, layer.Key), doomed);
                bytes += layer.Bytes;
                directories.Add(doomed);
            }
        }

        return new DetachedLayers(bytes, directories);
    }

    public bool Has(string chainId) => Directory.Exists(Path.Combine(_layers, Key(chainId)));

    /// <summary>True if the layer with that chain id exists; counts as a use of it.</summary>
    public bool Find(string key, string chainId)
    {
        var directory = Path.Combine(_layers, key);
        if (Read(directory) is not { } facts)
            return false;
        if (facts.ChainId != chainId)
            throw ImageError.Bad(
                $"chain {chainId} cannot be stored together with {facts.ChainId}: the first 100 bits of their digests are equal"
            );
        File.WriteAllText(Path.Combine(directory, UsedFile), _time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        return true;
    }

    private async Task UnpackAsync(IImageSource image, IReadOnlyList<ImageLayer> layers, int number, CancellationToken cancellation)
    {
        var layer = layers[number];
        var work = Path.Combine(_temporary, $"{Interlocked.Increment(ref _sequence)}");
        var (files, merged) = (Path.Combine(work, "fs"), Path.Combine(work, "merged"));
        try
        {
            Directory.CreateDirectory(files);
            File.SetUnixFileMode(files, PassableToAll);
            string[] below = [.. layers.Take(number).Select(lower => Files(Key(lower.ChainId))).Reverse()];
            if (below is [var top, ..])
            {
                RootAttributes.Copy(Path.Combine(_layers, top), files);
                foreach (var directory in (string[])[merged, Path.Combine(work, "work")])
                    Directory.CreateDirectory(directory);
                await Mounts.OverlayAsync(_layers, below, files, Path.Combine(work, "work"), merged, devices: false);
            }

            var bytes = await WriteFilesAsync(image, layer, below.Length == 0 ? files : merged, below.Length == 0, cancellation);
            if (below.Length > 0)
                TakeDown(work, merged);
            var facts = new LayerFacts(layer.Blob.Digest, layer.DiffId, bytes, layer.ChainId);
            await File.WriteAllTextAsync(
                Path.Combine(work, FactsFile),
                JsonSerializer.Serialize(facts, StoreJson.Default.LayerFacts),
                cancellation
            );
            await File.WriteAllTextAsync(
                Path.Combine(work, UsedFile),
                _time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                cancellation
            );
            Directory.Move(work, Path.Combine(_layers, Key(layer.ChainId)));
        }
        finally
        {
            if (Directory.Exists(work))
            {
                if (Directory.Exists(merged))
                    Mounts.Remove(merged);
                FileTree.Remove(work);
            }
        }
    }

    private static void TakeDown(string work, string merged)
    {
        Mounts.Remove(merged);
        Directory.Delete(merged);
        FileTree.Remove(Path.Combine(work, "work"));
    }

    private async Task<long> WriteFilesAsync(
        IImageSource image,
        ImageLayer layer,
        string files,
        bool isLowest,
        CancellationToken cancellation
    )
    {
        await using var blob = await image.OpenLayerAsync(layer, cancellation);
        await using var plain = await Compression.OpenAsync(blob, cancellation);

        // Twice the content size allows for the headers and padding of very many small files.
        await using var tar = new VerifiedStream(plain.Stream, $"{layer.Name} unpacked", 2 * _options.MaxLayerBytes);
        try
        {
            // Thousands of system calls in a row: on a dedicated thread, not on one of the shared pool.
            var bytes = await Task.Factory.StartNew(
                () => Apply(tar, layer, files, isLowest, cancellation),
                cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );
            var (diffId, _) = await tar.FinishAsync(cancellation);
            await blob.ProveAsync(cancellation);
            return diffId == layer.DiffId
                ? bytes
                : throw ImageError.Bad($"{layer.Name} unpacks to {diffId}, but the image config names {layer.DiffId}");
        }
        catch (Exception failure) when (plain.IsBroken(failure))
        {
            throw ImageError.Bad($"{layer.Name} is not valid {plain.Name} data: {failure.Message}");
        }
    }

    private long Apply(Stream tar, ImageLayer layer, string files, bool isLowest, CancellationToken cancellation)
    {
        using var root = OpenDirectory.Open(files);
        using var applier = new LayerApplier(root, layer.Name, isLowest, _options);
        return applier.Apply(tar, cancellation);
    }

    private static LayerFacts? Read(string directory)
    {
        var path = Path.Combine(directory, FactsFile);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), StoreJson.Default.LayerFacts) : null;
    }

    private static DateTimeOffset UsedAt(string directory)
    {
        var path = Path.Combine(directory, UsedFile);
        return File.Exists(path) && DateTimeOffset.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var used)
            ? used
            : DateTimeOffset.MinValue;
    }
}

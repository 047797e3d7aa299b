using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using Scheduler.Models;

namespace Scheduler.Rep.Images;

/// <summary>Metadata stored with an unpacked layer.</summary>
internal sealed record LayerFacts(string Digest, string DiffId, long Bytes);

/// <summary>
/// Stores unpacked layers, each once, under names derived from their digests. A layer appears by a rename when it is complete and
/// verified, so a crash leaves only complete layers and, at worst, a temporary directory that the next start removes.
/// </summary>
internal sealed class LayerStore
{
    private const string FactsFile = "layer.json";
    private const string UsedFile = "used";

    private static ReadOnlySpan<byte> ZstandardMagic => [0x28, 0xB5, 0x2F, 0xFD];

    private static ReadOnlySpan<byte> GzipMagic => [0x1F, 0x8B];

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
        if (Directory.Exists(_temporary)) Directory.Delete(_temporary, recursive: true);
        Directory.CreateDirectory(_layers);
        Directory.CreateDirectory(_temporary);
    }

    /// <summary>The directory that the relative names of layers start from.</summary>
    public string Root => _layers;

    /// <summary>
    /// Short, because the names of all layers of an overlay mount must fit into one page; with 100 bits of the digest, collisions are
    /// still ruled out in practice.
    /// </summary>
    public static string Key(string digest) => digest["sha256:".Length..][..25];

    /// <summary>Directory of the layer's files, relative to <see cref="Root"/>.</summary>
    public static string Files(string key) => $"{key}/fs";

    /// <summary>Ensures that a layer exists. Concurrent calls for the same layer share the work.</summary>
    public async Task EnsureAsync(ImageManifestReader image, ImageLayer layer, CancellationToken cancellation)
    {
        if (!ImageManifestReader.IsSha256(layer.Blob.Digest)) throw ImageError.Bad($"blob {layer.Blob.Digest}: only sha256 digests are supported");
        var key = Key(layer.Blob.Digest);
        while (true)
        {
            if (Find(key, layer.Blob.Digest)) return;

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
                // The other caller's failure need not concern us: it may have been cancelled, or its copy of the blob may be bad. Try
                // again ourselves.
                await shared.WaitAsync(cancellation).Ended();
                cancellation.ThrowIfCancellationRequested();
                continue;
            }

            try
            {
                await UnpackAsync(image, layer, key, cancellation);
                return;
            }
            finally
            {
                lock (_lock) _underWay.Remove(key);
                mine.SetResult();
            }
        }
    }

    /// <summary>The size of a stored layer's files.</summary>
    public long BytesOf(string key) => Read(Path.Combine(_layers, key))?.Bytes ?? 0;

    /// <summary>Removes unused layers until the rest fits into the limit.</summary>
    /// <param name="inUse">Layer keys of containers that exist or are being created.</param>
    /// <returns>Bytes freed.</returns>
    public long Collect(IReadOnlySet<string> inUse)
    {
        lock (_lock)
        {
            var all = Directory.GetDirectories(_layers).Select(directory => (Key: Path.GetFileName(directory), Facts: Read(directory), Used: UsedAt(directory))).ToList();
            var total = all.Sum(layer => layer.Facts?.Bytes ?? 0);
            var freed = 0L;
            foreach (var (key, facts, _) in all.OrderBy(layer => layer.Used))
            {
                if (total - freed <= _options.MaxStoreBytes) break;
                if (inUse.Contains(key) || _underWay.ContainsKey(key)) continue;

                // Rename before deleting: a partial layer must never be taken for a complete one.
                var doomed = Path.Combine(_temporary, $"removed-{key}");
                Directory.Move(Path.Combine(_layers, key), doomed);
                Directory.Delete(doomed, recursive: true);
                freed += facts?.Bytes ?? 0;
            }

            return freed;
        }
    }

    private bool Find(string key, string digest)
    {
        var directory = Path.Combine(_layers, key);
        if (Read(directory) is not { } facts) return false;
        if (facts.Digest != digest)
            throw ImageError.Bad(
                $"blob {digest} cannot be stored together with {facts.Digest}: the first 100 bits of their digests are equal");
        File.WriteAllText(Path.Combine(directory, UsedFile), _time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        return true;
    }

    private async Task UnpackAsync(ImageManifestReader image, ImageLayer layer, string key, CancellationToken cancellation)
    {
        var work = Path.Combine(_temporary, string.Create(CultureInfo.InvariantCulture, $"{key}-{Interlocked.Increment(ref _sequence)}"));
        try
        {
            var files = Path.Combine(work, "fs");
            Directory.CreateDirectory(files);
            var bytes = await WriteFilesAsync(image, layer, files, cancellation);
            var facts = new LayerFacts(layer.Blob.Digest, layer.DiffId, bytes);
            await File.WriteAllTextAsync(Path.Combine(work, FactsFile), JsonSerializer.Serialize(facts, OciJson.Default.LayerFacts), cancellation);
            await File.WriteAllTextAsync(Path.Combine(work, UsedFile), _time.GetUtcNow().ToString("O", CultureInfo.InvariantCulture), cancellation);
            Directory.Move(work, Path.Combine(_layers, key));
        }
        finally
        {
            if (Directory.Exists(work)) Directory.Delete(work, recursive: true);
        }
    }

    private async Task<long> WriteFilesAsync(ImageManifestReader image, ImageLayer layer, string files, CancellationToken cancellation)
    {
        var digest = layer.Blob.Digest;
        await using var blob = image.OpenBlob(layer.Blob);
        await using var plain = await DecompressAsync(blob, layer.Blob, cancellation);

        // Twice the content size allows for the headers and padding of very many small files.
        await using var tar = new VerifiedStream(plain, $"blob {digest} unpacked", 2 * _options.MaxLayerBytes);
        long bytes;
        try
        {
            bytes = await new LayerUnpacker(files, digest, _options).UnpackAsync(tar, cancellation);
            var (diffId, _) = await tar.FinishAsync(cancellation);
            await ImageManifestReader.CheckAsync(blob, layer.Blob, cancellation);
            if (diffId != layer.DiffId)
                throw ImageError.Bad($"blob {digest} unpacks to {diffId}, but the image config names {layer.DiffId}");
        }
        catch (InvalidDataException failure)
        {
            throw ImageError.Bad($"blob {digest} is not valid gzip data: {failure.Message}");
        }

        return bytes;
    }

    /// <summary>Detects the compression from a layer's first bytes; media types written by older tools are unreliable.</summary>
    private static async Task<Stream> DecompressAsync(Stream blob, OciDescriptor descriptor, CancellationToken cancellation)
    {
        if (descriptor.MediaType.EndsWith("+zstd", StringComparison.Ordinal)) throw Zstandard(descriptor);
        var peeked = new PeekedStream(blob);
        var magic = await peeked.PeekAsync(cancellation);
        if (magic.Span.StartsWith(ZstandardMagic)) throw Zstandard(descriptor);
        return magic.Span.StartsWith(GzipMagic) ? new GZipStream(peeked, CompressionMode.Decompress, leaveOpen: true) : peeked;
    }

    private static Models.DomainException Zstandard(OciDescriptor blob) =>
        ImageError.Bad($"blob {blob.Digest} is compressed with zstd, which this cell does not support: use gzip or no compression");

    private static LayerFacts? Read(string directory)
    {
        var path = Path.Combine(directory, FactsFile);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllText(path), OciJson.Default.LayerFacts) : null;
    }

    private static DateTimeOffset UsedAt(string directory)
    {
        var path = Path.Combine(directory, UsedFile);
        return File.Exists(path) && DateTimeOffset.TryParse(File.ReadAllText(path), CultureInfo.InvariantCulture, out var used) ? used : DateTimeOffset.MinValue;
    }
}

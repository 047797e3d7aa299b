using System.Security.Cryptography;
using System.Text;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

/// <summary>A blob that is being downloaded.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="File">The file of the complete, verified blob. Once it is there it stays until <see cref="BlobDownloads.Release"/>.</param>
internal sealed record BlobDownload(string Name, Task<string> File, BlobProgress Progress);

/// <summary>
/// Layers being downloaded from registries for unpacking. If the connection or the rep ends, the partial file stays, and the next pull
/// resumes it.
/// </summary>
internal sealed class BlobDownloads
{
    /// <summary>Age at which a partial layer that was not requested again is removed.</summary>
    private static readonly TimeSpan KeepParts = TimeSpan.FromHours(1);

    private readonly string _directory;
    private readonly RegistryOptions _options;
    private readonly TimeProvider _time;

    /// <summary>By registry: one that is slow holds up nobody else.</summary>
    private readonly KeyedLock _slots;
    private readonly KeyedLock _blobs = new();
    private readonly Dictionary<string, Blob> _used = [];

    public BlobDownloads(string directory, RegistryOptions options, TimeProvider time)
    {
        (_directory, _options, _time, _slots) = (directory, options, time, new KeyedLock(options.MaxDownloads));
        Directory.CreateDirectory(directory);
    }

    /// <summary>
    /// Name of a blob's file. Downloads of one blob from different registries are separate: one registry must not hold up the other by
    /// being slow.
    /// </summary>
    private static string FileName(OciDescriptor blob, IReadOnlyList<RegistryClient> clients) =>
        Digests.Hex(Digests.Of(Encoding.UTF8.GetBytes($"{clients[^1].Name} {blob.Digest}")));

    /// <summary>Begins to download a blob.</summary>
    /// <param name="clients">Registries to download from, best first.</param>
    public BlobDownload Begin(OciDescriptor blob, IReadOnlyList<RegistryClient> clients, CancellationToken cancellation)
    {
        BlobProgress progress;
        var name = FileName(blob, clients);
        lock (_used)
        {
            if (!_used.TryGetValue(name, out var used))
                _used.Add(name, used = new Blob(new BlobProgress(blob.Size)));
            used.Users++;
            progress = used.Progress;
        }

        return new BlobDownload(name, GetAsync(blob, name, progress, clients, cancellation), progress);
    }

    private async Task<string> GetAsync(
        OciDescriptor blob,
        string name,
        BlobProgress progress,
        IReadOnlyList<RegistryClient> clients,
        CancellationToken cancellation
    )
    {
        try
        {
            using var mine = await _blobs.EnterAsync(name, cancellation);
            var file = Path.Combine(_directory, name);
            if (File.Exists(file))
            {
                progress.Done = blob.Size;
                return file;
            }

            using var slot = await _slots.EnterAsync(clients[^1].Name, cancellation);
            await DownloadAsync(blob, progress, $"{file}.part", clients, cancellation);
            File.Move($"{file}.part", file);
            return file;
        }
        catch
        {
            Release(name);
            throw;
        }
    }

    /// <summary>Gives up the file of a download that succeeded; the last user's call removes it.</summary>
    /// <param name="name"><see cref="BlobDownload.Name"/>.</param>
    public void Release(string name)
    {
        lock (_used)
        {
            if (--_used[name].Users > 0)
                return;
            _used.Remove(name);
            File.Delete(Path.Combine(_directory, name));
        }
    }

    /// <summary>Removes partial files of pulls that were never resumed.</summary>
    public void Collect()
    {
        lock (_used)
        {
            foreach (var file in Directory.GetFiles(_directory))
            {
                if (
                    !_used.ContainsKey(Path.GetFileNameWithoutExtension(file))
                    && _time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > KeepParts
                )
                    File.Delete(file);
            }
        }
    }

    private async Task DownloadAsync(
        OciDescriptor blob,
        BlobProgress progress,
        string part,
        IReadOnlyList<RegistryClient> clients,
        CancellationToken cancellation
    )
    {
        var attempts = new Attempts(_options, _time);
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 128 << 10);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = await HashAsync(file, hash, cancellation);
        void Restart()
        {
            file.SetLength(0);
            hash.GetHashAndReset();
            progress.Done = length = 0;
        }

        if (length > blob.Size)
            Restart();
        progress.Done = length;
        var (number, furthest) = (0, length);
        while (length < blob.Size)
        {
            try
            {
                await clients[number]
                    .CopyBlobAsync(
                        blob.Digest,
                        length,
                        Restart,
                        async bytes =>
                        {
                            length += bytes.Length;
                            if (length > blob.Size)
                                throw ImageError.Bad($"layer {blob.Digest} is longer than the {blob.Size} bytes of its descriptor");
                            hash.AppendData(bytes.Span);
                            await file.WriteAsync(bytes, cancellation);
                            // A registry that starts over and over, and breaks off each time, makes no progress.
                            if (length > furthest)
                                attempts.Progressed();
                            furthest = Math.Max(furthest, length);
                            (progress.Done, progress.Trouble) = (length, "");
                        },
                        cancellation
                    );
                if (length < blob.Size)
                    throw new RegistryUnavailableException(
                        $"registry {clients[number].Name} ended layer {blob.Digest} after {length} of {blob.Size} bytes"
                    );
            }
            catch (DomainException) when (number + 1 < clients.Count)
            {
                number++; // a mirror need not have everything
            }
            catch (RegistryUnavailableException failure)
            {
                await file.FlushAsync(cancellation);
                progress.Trouble = failure.Message;
                if (number + 1 < clients.Count)
                    number++;
                else if (!await attempts.AgainAsync(failure, cancellation))
                    throw;
            }
        }

        await file.FlushAsync(cancellation);
        var digest = $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
        if (digest == blob.Digest)
            return;
        file.SetLength(0);
        throw ImageError.Bad($"layer {blob.Digest} does not match its digest: what came has the digest {digest}");
    }

    private sealed class Blob(BlobProgress progress)
    {
        public int Users { get; set; }

        public BlobProgress Progress => progress;
    }

    private static async Task<long> HashAsync(FileStream file, IncrementalHash hash, CancellationToken cancellation)
    {
        var buffer = new byte[128 << 10];
        while (await file.ReadAsync(buffer, cancellation) is > 0 and var read)
            hash.AppendData(buffer, 0, read);
        return file.Position;
    }
}

using System.Security.Cryptography;
using Scheduler.Models;
using Scheduler.Rep.Images.Content;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Images.Registry;

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
    private readonly SemaphoreSlim _slots;
    private readonly KeyedLock _blobs = new();
    private readonly Dictionary<string, int> _users = [];

    public BlobDownloads(string directory, RegistryOptions options, TimeProvider time)
    {
        (_directory, _options, _time, _slots) = (directory, options, time, new SemaphoreSlim(options.MaxDownloads));
        Directory.CreateDirectory(directory);
    }

    /// <summary>The file of a complete, verified blob. It is kept until <see cref="Release"/> has been called once per call.</summary>
    /// <param name="clients">Registries to download from, best first.</param>
    public async Task<string> GetAsync(OciDescriptor blob, IReadOnlyList<RegistryClient> clients, CancellationToken cancellation)
    {
        lock (_users)
            _users[blob.Digest] = _users.GetValueOrDefault(blob.Digest) + 1;
        try
        {
            using var mine = await _blobs.EnterAsync(blob.Digest, cancellation);
            var file = Path.Combine(_directory, Digests.Hex(blob.Digest));
            if (File.Exists(file))
                return file;
            await _slots.WaitAsync(cancellation);
            try
            {
                await DownloadAsync(blob, $"{file}.part", clients, cancellation);
            }
            finally
            {
                _slots.Release();
            }

            File.Move($"{file}.part", file);
            return file;
        }
        catch
        {
            Release(blob);
            throw;
        }
    }

    public void Release(OciDescriptor blob)
    {
        lock (_users)
        {
            if (--_users[blob.Digest] > 0)
                return;
            _users.Remove(blob.Digest);
            File.Delete(Path.Combine(_directory, Digests.Hex(blob.Digest)));
        }
    }

    /// <summary>Removes partial files of pulls that were never resumed.</summary>
    public void Collect()
    {
        lock (_users)
        {
            foreach (var file in Directory.GetFiles(_directory))
            {
                var digest = $"sha256:{Path.GetFileNameWithoutExtension(file)}";
                if (!_users.ContainsKey(digest) && _time.GetUtcNow() - File.GetLastWriteTimeUtc(file) > KeepParts)
                    File.Delete(file);
            }
        }
    }

    private async Task DownloadAsync(OciDescriptor blob, string part, IReadOnlyList<RegistryClient> clients, CancellationToken cancellation)
    {
        var attempts = new Attempts(_options, _time);
        await using var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 128 << 10);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var length = await HashAsync(file, hash, cancellation);
        void Restart()
        {
            file.SetLength(0);
            hash.GetHashAndReset();
            length = 0;
        }

        if (length > blob.Size)
            Restart();
        var number = 0;
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
                            attempts.Progressed();
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

    private static async Task<long> HashAsync(FileStream file, IncrementalHash hash, CancellationToken cancellation)
    {
        var buffer = new byte[128 << 10];
        while (await file.ReadAsync(buffer, cancellation) is > 0 and var read)
            hash.AppendData(buffer, 0, read);
        return file.Position;
    }
}

using Scheduler.Models;
using Scheduler.Rep.Images.Content;

namespace Scheduler.Rep.Images.Registry;

/// <summary>An image in a registry, for one pull.</summary>
internal sealed class RegistryImage(
    ImageName name,
    IReadOnlyList<RegistryClient> clients,
    BlobDownloads downloads,
    PullProgress progress,
    ImageOptions options,
    TimeProvider time
) : IImageSource, IAsyncDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Dictionary<string, BlobDownload> _layers = [];

    public async Task<ImageManifest> ReadAsync(CancellationToken cancellation)
    {
        var top = await AskAsync(client => client.ManifestAsync(name.Reference, options.MaxDocumentBytes, cancellation), cancellation);
        var descriptor = new OciDescriptor { Digest = Digests.Of(top), Size = top.Length };
        if (name.Digest is { } digest && digest != descriptor.Digest)
            throw ImageError.Bad($"manifest {digest} does not match its digest: what came has the digest {descriptor.Digest}");
        var manifest = await new ManifestReader(
            (blob, token) => blob.Digest == descriptor.Digest ? Task.FromResult(top) : ReadAsync(blob, token),
            Platform.OfThisMachine,
            options
        ).ReadAsync(descriptor, cancellation);
        var size = manifest.Layers.Sum(layer => (decimal)Math.Max(layer.Blob.Size, 0));
        if (size > options.MaxImageBytes || manifest.Layers.Any(layer => layer.Blob.Size <= 0))
            throw ImageError.Bad($"the image's layers have {size} bytes; the limit is {options.MaxImageBytes}");
        return manifest;
    }

    /// <summary>Begins to download the layers that will be opened, as many in parallel as the cell allows.</summary>
    public void Expect(IReadOnlyList<ImageLayer> layers)
    {
        foreach (var layer in layers)
        {
            if (!_layers.ContainsKey(layer.Blob.Digest))
                _layers.Add(layer.Blob.Digest, downloads.Begin(layer.Blob, clients, _ending.Token));
        }

        progress.Expect([.. _layers.Values.Select(layer => layer.Progress)]);
    }

    public async Task ReadyAsync(ImageLayer layer, CancellationToken cancellation)
    {
        Expect([layer]);
        try
        {
            await _layers[layer.Blob.Digest].File.WaitAsync(cancellation);
        }
        catch (RegistryUnavailableException failure)
        {
            throw new DomainError(ErrorKind.Unavailable, failure.Message).ToException();
        }
    }

    /// <summary>The file is already verified, so it is not verified again while it is read.</summary>
    public async Task<VerifiedStream> OpenLayerAsync(ImageLayer layer, CancellationToken cancellation)
    {
        await ReadyAsync(layer, cancellation);
        return new VerifiedStream(
            new FileStream(
                await _layers[layer.Blob.Digest].File,
                FileMode.Open,
                FileAccess.Read,
                FileShare.Read | FileShare.Delete,
                128 << 10
            ),
            layer.Name,
            layer.Blob.Size
        );
    }

    public async ValueTask DisposeAsync()
    {
        _ending.Cancel();
        foreach (var layer in _layers.Values)
        {
            await layer.File.Ended();
            if (layer.File.IsCompletedSuccessfully)
                downloads.Release(layer.Name);
        }

        _ending.Dispose();
    }

    private Task<byte[]> ReadAsync(OciDescriptor blob, CancellationToken cancellation)
    {
        var isManifest =
            blob.MediaType.Contains("manifest", StringComparison.Ordinal)
            || blob.MediaType.Contains("image.index", StringComparison.Ordinal);
        return AskAsync(
            client =>
                isManifest
                    ? client.ManifestAsync(blob.Digest, (int)blob.Size, cancellation)
                    : client.BlobAsync(blob.Digest, (int)blob.Size, cancellation),
            cancellation
        );
    }

    /// <summary>The first answer of a mirror or the registry; the registry may have what a mirror refuses.</summary>
    private async Task<byte[]> AskAsync(Func<RegistryClient, Task<byte[]>> ask, CancellationToken cancellation)
    {
        var attempts = new Attempts(options.Registry, time);
        var number = 0;
        while (true)
        {
            try
            {
                var answer = await ask(clients[number]);
                progress.Report("");
                return answer;
            }
            catch (Exception failure) when (failure is DomainException or RegistryUnavailableException && number + 1 < clients.Count)
            {
                number++;
            }
            catch (RegistryUnavailableException failure)
            {
                progress.Report(failure.Message);
                if (!await attempts.AgainAsync(failure, cancellation))
                    throw new DomainError(ErrorKind.Unavailable, failure.Message).ToException();
            }
        }
    }
}

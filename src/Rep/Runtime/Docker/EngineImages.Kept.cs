using System.Net;
using Docker.DotNet;
using Docker.DotNet.Models;
using Scheduler.Models;
using Scheduler.Rep.Images;

namespace Scheduler.Rep.Runtime.Docker;

/// <summary>
/// What the engine keeps for this cell, and the removal of what nothing needs. Images that others have put into the engine are never
/// touched, and preloaded ones belong to the cell.
/// </summary>
internal sealed partial class EngineImages
{
    /// <param name="used">The engine's image id of each container of the cell.</param>
    public IReadOnlyList<KeptImage> List(IReadOnlyCollection<string> used) => [.. _records.All().Select(record => Show(record, used))];

    /// <summary>Gets an image for nobody in particular.</summary>
    public async Task<KeptImage> PullAsync(
        string rootFs,
        RegistryCredentials? credentials,
        Action<Func<ImagePull>> pulling,
        IReadOnlyCollection<string> used,
        CancellationToken cancellation
    )
    {
        var name = NameOf(rootFs);
        var request = new ImageRequest(rootFs) { Credentials = credentials, Policy = ImagePullPolicy.Always };
        await PrepareAsync(request, pulling, cancellation);
        return _records.Find(name, credentials) is { } record
            ? Show(record, used)
            : throw new DomainError(ErrorKind.ResourceNotFound, $"the image {rootFs} was removed as soon as it was pulled").ToException();
    }

    /// <returns>Bytes freed.</returns>
    /// <exception cref="DomainException">The cell does not have the image, or a container uses it.</exception>
    public async Task<long> RemoveAsync(string rootFs, IReadOnlyCollection<string> used)
    {
        var name = NameOf(rootFs);
        var doomed = _records.All().Where(record => record.Name == name).ToList();
        if (doomed.Count == 0)
            throw new DomainError(ErrorKind.ResourceNotFound, $"this cell does not have the image {rootFs}").ToException();
        if (doomed.Any(record => used.Contains(record.Id)))
            throw new DomainError(
                ErrorKind.ResourceConflict,
                $"the image {rootFs} is in use by a container; nothing was removed"
            ).ToException();
        var removed = await RemoveAsync(doomed);
        return removed.Images > 0
            ? removed.Bytes
            : throw new DomainError(
                ErrorKind.ResourceConflict,
                $"the image {rootFs} is in use by a container that is not this cell's; nothing was removed"
            ).ToException();
    }

    /// <param name="unusedFor">Only what was not used for so long; zero: all.</param>
    public async Task<(int Images, long Bytes)> PruneAsync(TimeSpan unusedFor, IReadOnlyCollection<string> used)
    {
        var before = _time.GetUtcNow() - unusedFor;
        var doomed = _records.All().Where(record => record.UsedAt <= before && !used.Contains(record.Id)).ToList();
        return await RemoveAsync(doomed);
    }

    /// <summary>Removes the longest unused images while all of the cell's take more than its limit.</summary>
    public async Task CollectAsync(IReadOnlyCollection<string> used)
    {
        var all = _records.All();
        var bytes = all.DistinctBy(record => record.Id).Sum(record => record.Bytes);
        foreach (var same in all.GroupBy(record => record.Id).OrderBy(same => same.Max(record => record.UsedAt)))
        {
            if (bytes <= _options.MaxStoreBytes)
                return;
            if (used.Contains(same.Key))
                continue;
            bytes -= same.First().Bytes;
            await RemoveAsync([.. same]);
        }
    }

    /// <summary>Removes what was imported for the cell, as far as no container uses it.</summary>
    /// <param name="mayGo">Which tags.</param>
    public async Task RemovePreloadedAsync(Func<string, bool> mayGo, CancellationToken cancellation)
    {
        var filter = new Dictionary<string, IDictionary<string, bool>>
        {
            ["reference"] = new Dictionary<string, bool> { [PreloadedRepository] = true },
        };
        var images = await _engine.AskAsync(
            "list images",
            client => client.Images.ListImagesAsync(new ImagesListParameters { Filters = filter }, cancellation)
        );
        foreach (var name in images.SelectMany(image => image.RepoTags ?? []))
        {
            // Removing a tag leaves an image that a container uses, without a name; the engine's prune removes that later.
            if (mayGo(name[(name.LastIndexOf(':') + 1)..]))
                await _engine.FindAsync(
                    $"remove image {name}",
                    client => client.Images.DeleteImageAsync(name, new ImageDeleteParameters { Force = true }, cancellation)
                );
        }
    }

    private static string NameOf(string url) =>
        ImageReference.Parse(url) switch
        {
            ImageReference.Preloaded => throw DomainError
                .Invalid("root_fs", $"must be an image: {url} belongs to the cell, which neither pulls nor removes it")
                .ToException(),
            ImageReference.Registry registry => registry.Name.ToString(),
            _ => url,
        };

    /// <summary>Removes images, except those that the engine does not give up: other cells and other people may use them.</summary>
    /// <returns>Images removed, and bytes freed.</returns>
    private async Task<(int Images, long Bytes)> RemoveAsync(IReadOnlyList<EngineImageRecord> doomed)
    {
        var (removed, freed) = (new HashSet<string>(), 0L);
        foreach (var record in doomed)
        {
            if (!await TryRemoveAsync(record.Reference))
                continue;
            EngineImageRecords.Remove(record);
            removed.Add(record.Name);
            // Another name may still lead to it.
            if (await InspectAsync(record.Id, CancellationToken.None) is null)
                freed += record.Bytes;
        }

        return (removed.Count, freed);
    }

    /// <returns>False: a container uses it.</returns>
    private Task<bool> TryRemoveAsync(string reference) =>
        _engine.AskAsync(
            $"remove image {reference}",
            async client =>
            {
                try
                {
                    await client.Images.DeleteImageAsync(reference, new ImageDeleteParameters(), CancellationToken.None);
                    return true;
                }
                catch (DockerApiException refusal) when (refusal.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
                {
                    return refusal.StatusCode == HttpStatusCode.NotFound;
                }
            }
        );

    private static KeptImage Show(EngineImageRecord record, IReadOnlyCollection<string> used) =>
        new()
        {
            Name = record.Name,
            Digest = record.Digest,
            Layers = record.Layers,
            Bytes = record.Bytes,
            PulledAt = record.PulledAt,
            LastUsedAt = record.UsedAt,
            Containers = used.Count(id => id == record.Id),
            IsPrivate = record.IsPrivate,
            ExposedPorts = record.ExposedPorts,
        };
}

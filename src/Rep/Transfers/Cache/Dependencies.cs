using Scheduler.Contracts.V1;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers.Cache;

/// <summary>
/// Cached dependencies of containers. What a container uses is written below its home directory before it is mounted, so that a later rep
/// does not remove it either, and mounts the same again.
/// </summary>
internal sealed class Dependencies(DownloadCache cache, CacheShelf shelf)
{
    private const string Folder = "dependencies";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<Held>> _held = new(StringComparer.Ordinal);

    /// <summary>Holds what the containers of an earlier rep use, and removes what only containers that are gone have used.</summary>
    public void Adopt(IEnumerable<string> homes)
    {
        foreach (var home in homes)
        {
            var folder = Path.Combine(home, Folder);
            if (!Directory.Exists(folder))
                continue;
            foreach (var file in Directory.GetFiles(folder))
            {
                if (shelf.HoldByName(File.ReadAllText(file)) is { } held)
                    Keep(home, held);
            }
        }

        shelf.Sweep();
    }

    /// <summary>Downloads the dependencies in parallel. Repeating it for the same container returns the same mounts.</summary>
    /// <param name="home">The container's directory on the cell.</param>
    /// <param name="say">Writes a line to the container's log; the first argument is the log source, which may be empty.</param>
    /// <exception cref="TransferException">One of them failed.</exception>
    public async Task<IReadOnlyList<BindMount>> MountAsync(
        string home,
        IReadOnlyList<CachedDependency> wanted,
        Action<string, string> say,
        CancellationToken cancellation
    )
    {
        Directory.CreateDirectory(Path.Combine(home, Folder));
        // When one fails, the others need not be finished.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        TransferException? first = null;
        var mounts = await Task.WhenAll(wanted.Select((dependency, number) => MountOneAsync(dependency, number)));
        cancellation.ThrowIfCancellationRequested();
        return first is null ? [.. mounts.OfType<BindMount>()] : throw first;

        async Task<BindMount?> MountOneAsync(CachedDependency dependency, int number)
        {
            try
            {
                var held = await HoldAsync(home, dependency, number, say, ending.Token);
                return new BindMount(held.Content, dependency.To);
            }
            catch (TransferException failure)
            {
                Interlocked.CompareExchange(ref first, failure, null);
                ending.Cancel();
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // Another one has failed, or all are cancelled.
            }

            return null;
        }
    }

    /// <summary>The container is gone.</summary>
    public void Release(string home)
    {
        List<Held>? held;
        lock (_lock)
            _held.Remove(home, out held);
        foreach (var one in held ?? [])
            one.Dispose();
    }

    private async Task<Held> HoldAsync(
        string home,
        CachedDependency dependency,
        int number,
        Action<string, string> say,
        CancellationToken cancellation
    )
    {
        var note = Path.Combine(home, Folder, $"{number}");
        if (File.Exists(note) && shelf.HoldByName(await File.ReadAllTextAsync(note, cancellation)) is { } before)
            return Keep(home, before);

        Say($"Downloading {dependency.Name}...");
        try
        {
            var source = new Source(
                FileServers.Parse(dependency.From),
                Checksum.Of(dependency.ChecksumAlgorithm, dependency.ChecksumValue)
            );
            var held = Keep(home, await cache.GetAsync(new CacheRequest(CachedAs.Directory, dependency.CacheKey, source), cancellation));
            await File.WriteAllTextAsync(note, held.Facts.Name, cancellation);
            Say($"Downloaded {dependency.Name} ({ByteSize.Format(held.Facts.Downloaded)})");
            return held;
        }
        catch (Exception failure) when (failure is TransferException or IOException or UnauthorizedAccessException)
        {
            Say($"Downloading {dependency.Name} failed");
            throw failure as TransferException ?? LocalFiles.Failed(failure);
        }

        void Say(string line)
        {
            if (dependency.Name.Length > 0)
                say(dependency.LogSource, line);
        }
    }

    private Held Keep(string home, Held held)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue(home, out var all))
                _held.Add(home, all = []);
            all.Add(held);
        }

        return held;
    }
}

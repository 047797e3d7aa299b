using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Steps;
using Scheduler.Rep.Transfers.Cache;
using Scheduler.Rep.Transfers.Web;

namespace Scheduler.Rep.Transfers;

/// <summary>The transfers of a cell with real containers, put together.</summary>
internal sealed class CellTransfers : IDisposable
{
    private readonly FileServers _servers;
    private readonly TransferSlots _slots;
    private readonly TransferMetrics _metrics;

    /// <param name="directory">Where downloads are kept; used by one rep only.</param>
    /// <exception cref="DomainException">A certificate file is missing or invalid.</exception>
    public CellTransfers(
        string directory,
        TransferOptions options,
        CellId cell,
        IContainerRoots roots,
        TimeProvider time,
        Func<Guid> newGuid
    )
    {
        _metrics = new TransferMetrics(cell);
        _servers = new FileServers(options);
        _slots = new TransferSlots(options);
        var shelf = new CacheShelf(directory, options.DownloadCacheBytes, time);
        var cache = new DownloadCache(shelf, new Fetcher(_servers, options, _metrics, time), options, _slots, newGuid);
        Dependencies = new Dependencies(cache, shelf);
        Files = new FileTransfer(new ContainerPlaces(roots, options), cache, new Uploader(_servers, options, _metrics, time), _slots);
    }

    public IFileTransfer Files { get; }

    public Dependencies Dependencies { get; }

    public void Dispose()
    {
        _servers.Dispose();
        _slots.Dispose();
        _metrics.Dispose();
    }
}

using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Cells;

/// <summary>
/// Directory with one <see cref="CellLink"/> per present cell, kept up to date from the BBS's event stream. When the stream breaks the
/// links stay: an unavailable BBS does not mean that cells are gone.
/// </summary>
internal sealed partial class CellDirectory(
    IBbsEvents events,
    IChannels channels,
    ChannelWriter<BiddingMessage> loop,
    AuctioneerOptions options,
    TimeProvider time,
    ILogger<CellDirectory> logger
)
{
    private readonly ConcurrentDictionary<CellId, LinkedCell> _links = new();
    private readonly Jitter _jitter = new(options.Seed);
    private bool _sawSnapshot;

    public int Count => _links.Count;

    /// <summary>The largest number of pieces of work on their way to one cell.</summary>
    public int MostWaiting => _links.Values.Select(linked => linked.Link.Waiting).DefaultIfEmpty().Max();

    /// <summary>False if the cell is already gone.</summary>
    public bool TrySend(CellId cell, IReadOnlyList<WorkItem> work)
    {
        if (!_links.TryGetValue(cell, out var linked))
            return false;
        linked.Link.Send(work);
        return true;
    }

    public void Resynchronize(CellId cell)
    {
        if (_links.TryGetValue(cell, out var linked))
            linked.Link.Resynchronize();
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            // Presences are few: they are all read again instead of resuming the stream.
            var follower = new EventFollower(
                events,
                new FollowRequest { DomainsAndCells = true },
                failures => _jitter.Retry(options.Reconnect.After(failures)),
                time,
                logger
            )
            {
                Resumes = false,
            };
            await follower.RunAsync(stream => FollowAsync(stream, stopping), stopping);
        }
        finally
        {
            // Messages to the loop are no longer read.
            foreach (var cell in InOrder())
                await TakeAsync(cell, new CancellationToken(canceled: true));
        }
    }

    private async Task<bool> FollowAsync(EventStream stream, CancellationToken stopping)
    {
        var seen = new Dictionary<CellId, CellPresence>();
        var complete = false;
        while (await stream.MoveNextAsync())
        {
            var next = stream.Take();
            if (next.PayloadCase == Event.PayloadOneofCase.SnapshotComplete)
            {
                complete = true;
                await ReplaceAsync(seen, stopping);
            }
            else if (next.PayloadCase == Event.PayloadOneofCase.CellAppeared)
            {
                if (complete)
                    await PutAsync(next.CellAppeared.Cell, stopping);
                else
                    seen[new CellId(next.CellAppeared.Cell.CellId)] = next.CellAppeared.Cell;
            }
            else if (next.PayloadCase == Event.PayloadOneofCase.CellDisappeared)
            {
                await TakeAsync(new CellId(next.CellDisappeared.Cell.CellId), stopping);
            }
        }

        return false;
    }

    private async Task ReplaceAsync(Dictionary<CellId, CellPresence> present, CancellationToken stopping)
    {
        foreach (var cell in InOrder().Where(cell => !present.ContainsKey(cell)).ToList())
            await TakeAsync(cell, stopping);
        foreach (var presence in present.Values)
            await PutAsync(presence, stopping);
        if (_sawSnapshot)
            return;
        _sawSnapshot = true;
        await loop.WriteAsync(new BiddingMessage.Expected(InOrder()), stopping);
    }

    // A concurrent dictionary's own order differs from run to run.
    private List<CellId> InOrder() => [.. _links.Keys.OrderBy(cell => cell.Value, StringComparer.Ordinal)];

    private async Task PutAsync(CellPresence presence, CancellationToken stopping)
    {
        var cell = new CellId(presence.CellId);
        if (_links.TryGetValue(cell, out var linked))
        {
            if (linked.Url == presence.RepUrl)
                return;
            await TakeAsync(cell, stopping);
        }

        try
        {
            var rep = new RepService.RepServiceClient(channels.Invoker(presence.RepUrl));
            linked = new LinkedCell(presence.RepUrl, new CellLink(cell, rep, loop, options, _jitter, time, logger), stopping);
        }
        catch (DomainException failure)
        {
            LogUnreachable(logger, cell, failure.Message);
            return;
        }

        _links[cell] = linked;
        linked.Start();
    }

    private async Task TakeAsync(CellId cell, CancellationToken stopping)
    {
        if (!_links.TryRemove(cell, out var linked))
            return;
        if (await linked.StopAsync() is { } failure)
            LogLinkFailed(logger, failure, cell);
        // A rep with another name at the same address uses the same channel for its link.
        if (!_links.Values.Any(other => other.Url == linked.Url))
            channels.Release(linked.Url);
        if (!stopping.IsCancellationRequested)
            await loop.WriteAsync(new BiddingMessage.Gone(cell), stopping);
    }

    private sealed class LinkedCell(string url, CellLink link, CancellationToken stopping)
    {
        private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        private Task _running = Task.CompletedTask;

        public string Url { get; } = url;

        public CellLink Link { get; } = link;

        public void Start() => _running = Link.RunAsync(_stop.Token);

        /// <returns>The failure that broke the link before it was stopped; null for none.</returns>
        public async Task<Exception?> StopAsync()
        {
            _stop.Cancel();
            await _running.Ended();
            _stop.Dispose();
            return _running.Failure() is { } failure and not OperationCanceledException ? failure : null;
        }
    }

    [LoggerMessage(LogLevel.Error, "Link to cell {CellId} failed unexpectedly")]
    private static partial void LogLinkFailed(ILogger logger, Exception failure, CellId cellId);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} cannot be contacted at its announced address and gets no work: {Why}")]
    private static partial void LogUnreachable(ILogger logger, CellId cellId, string why);
}

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
/// Keeps one <see cref="CellLink"/> per cell that is present, by following the BBS's event stream. When the stream breaks the
/// links stay: cells do not go away because the BBS did.
/// </summary>
internal sealed partial class CellDirectory(
    IBbsEvents events,
    IChannels channels,
    ChannelWriter<BiddingMessage> loop,
    AuctioneerOptions options,
    TimeProvider time,
    ILogger<CellDirectory> logger)
{
    private readonly ConcurrentDictionary<CellId, LinkedCell> _links = new();
    private readonly Jitter _jitter = new(options.Seed);
    private bool _sawSnapshot;

    public int Count => _links.Count;

    /// <summary>Pieces of work on their way to the cell for which most are.</summary>
    public int MostWaiting => _links.Values.Select(linked => linked.Link.Waiting).DefaultIfEmpty().Max();

    /// <summary>False when the cell has gone meanwhile.</summary>
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
            // Presences are few: they are all read again rather than reckoned from what was missed.
            var follower = new EventFollower(
                events, new FollowRequest { DomainsAndCells = true }, failures => _jitter.Retry(options.Reconnect.After(failures)), time, logger)
            {
                Resumes = false,
            };
            await follower.RunAsync(stream => FollowAsync(stream, stopping), stopping);
        }
        finally
        {
            // Nobody reads any more what the loop is told.
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
        // A rep under another name at the same address has its link over the same channel.
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

        /// <returns>What broke the link before it was stopped; null for none.</returns>
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

using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Cells;

/// <summary>
/// Connection to one cell: its state stream in, work out. Each cell has its own, so that a slow or dead one delays no other.
/// </summary>
internal sealed partial class CellLink(
    CellId cell,
    RepService.RepServiceClient rep,
    ChannelWriter<BiddingMessage> loop,
    AuctioneerOptions options,
    Jitter jitter,
    TimeProvider time,
    ILogger logger
)
{
    // Unbounded: the auction never reserves more on a cell than it has room for.
    private readonly Channel<WorkItem> _work = Channel.CreateUnbounded<WorkItem>(new UnboundedChannelOptions { SingleReader = true });
    private int _waiting;
    private IDisposable? _stream;
    private volatile bool _isReopening;

    /// <summary>Pieces of work that wait for the call in flight to end; a single-reader channel does not count its items.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Send(IReadOnlyList<WorkItem> work)
    {
        Interlocked.Add(ref _waiting, work.Count);
        foreach (var item in work)
            _work.Writer.TryWrite(item);
    }

    /// <summary>Reopens the state stream, which begins with the full state.</summary>
    public void Resynchronize()
    {
        _isReopening = true;
        _stream?.Dispose();
    }

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(FollowStateAsync(stopping), SendWorkAsync(stopping));

    private async Task FollowStateAsync(CancellationToken stopping)
    {
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var call = rep.StreamState(new StreamStateRequest(), cancellationToken: stopping);
                _stream = call;
                var mirror = new CellMirror();
                _isReopening = false;
                while (await call.ResponseStream.MoveNext(stopping))
                {
                    await RelayAsync(mirror, call.ResponseStream.Current, stopping);
                    failures = 0;
                }
            }
            catch (Exception failure)
            {
                stopping.ThrowIfCancellationRequested();
                // Catch everything: a link that gives up would remove its cell from the auction for good.
                LogStreamBroke(logger, cell, failure.Message);
            }

            if (!_isReopening)
                await loop.WriteAsync(new BiddingMessage.Silent(cell), stopping);
            await Task.Delay(jitter.Retry(options.Reconnect.After(++failures)), time, stopping);
        }
    }

    private async Task RelayAsync(CellMirror mirror, CellStateUpdate update, CancellationToken stopping)
    {
        switch (update.UpdateCase)
        {
            case CellStateUpdate.UpdateOneofCase.Full when update.Full.CellId != cell.Value:
                throw new DomainError(
                    ErrorKind.ResourceConflict,
                    $"the rep at this address is cell {update.Full.CellId}, not {cell}"
                ).ToException();
            case CellStateUpdate.UpdateOneofCase.Full:
                var report = mirror.Replace(update.Full);
                await loop.WriteAsync(new BiddingMessage.Report(report, mirror.Held()), stopping);
                break;
            case CellStateUpdate.UpdateOneofCase.Change:
                await loop.WriteAsync(new BiddingMessage.Change(mirror.Apply(update.Change)), stopping);
                break;
        }
    }

    private async Task SendWorkAsync(CancellationToken stopping)
    {
        while (await _work.Reader.WaitToReadAsync(stopping))
        {
            var batch = new List<WorkItem>();
            while (batch.Count < options.MaxWorkPerCall && _work.Reader.TryRead(out var item))
                batch.Add(item);
            Interlocked.Add(ref _waiting, -batch.Count);
            await loop.WriteAsync(await PerformAsync(batch, stopping), stopping);
        }
    }

    private async Task<BiddingMessage> PerformAsync(List<WorkItem> batch, CancellationToken stopping)
    {
        try
        {
            var deadline = (time.GetUtcNow() + options.ReservationTimeout).UtcDateTime;
            var response = await rep.PerformWorkAsync(WorkRequests.ToRequest(cell, batch), deadline: deadline, cancellationToken: stopping);
            return new BiddingMessage.Answer(
                cell,
                batch,
                WorkRequests.RefusalsOf(response),
                response.Incarnation,
                checked((long)response.StateRevision)
            );
        }
        catch (DomainException refusal) when (refusal.Kind is ErrorKind.InvalidRequest or ErrorKind.PermissionDenied)
        {
            // Nothing was started. Treat it as if the cell had refused each piece: that counts, and ends in a placement error with the
            // reason.
            LogWorkRefused(logger, cell, batch.Count, refusal.Message);
            return new BiddingMessage.Answer(
                cell,
                batch,
                batch.ToDictionary(work => work.AuctionId, _ => refusal.Message),
                Incarnation: 0,
                Revision: 0
            );
        }
        catch (Exception failure)
        {
            stopping.ThrowIfCancellationRequested();
            LogWorkUnanswered(logger, cell, batch.Count, failure.Message);
            return new BiddingMessage.Unanswered(cell, batch);
        }
    }

    [LoggerMessage(LogLevel.Information, "State stream of cell {CellId} broke; the cell gets no work until it reconnects: {Why}")]
    private static partial void LogStreamBroke(ILogger logger, CellId cellId, string why);

    [LoggerMessage(LogLevel.Warning, "Cell {CellId} refused a request with {Count} instances and tasks: {Why}")]
    private static partial void LogWorkRefused(ILogger logger, CellId cellId, int count, string why);

    [LoggerMessage(
        LogLevel.Warning,
        "Cell {CellId} did not answer a request with {Count} instances and tasks; its next state report shows which it accepted: {Why}"
    )]
    private static partial void LogWorkUnanswered(ILogger logger, CellId cellId, int count, string why);
}

using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Writes placement errors back to the BBS, several side by side. A report that cannot be delivered is dropped: the
/// converger finds the instance still unclaimed, or the task still pending, and asks again.
/// </summary>
internal sealed partial class PlacementReporter(PlacementService.PlacementServiceClient bbs, TimeProvider time, ILogger<PlacementReporter> logger)
{
    /// <summary>Reports that may wait; with more, the oldest are dropped, which the converger repairs.</summary>
    public const int QueueLength = 100_000;

    private const int Workers = 16;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<(WorkItem Work, string Error)> _queue = Channel.CreateBounded<(WorkItem, string)>(
        new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest });

    public void Report(WorkItem work, string placementError) => _queue.Writer.TryWrite((work, placementError));

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stopping)));

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (true)
        {
            // Not ReadAllAsync, which goes on wherever the writer was.
            var (work, error) = await _queue.Reader.ReadAsync(stopping);
            var deadline = (time.GetUtcNow() + CallTimeout).UtcDateTime;
            try
            {
                if (work.Kind == WorkKind.Lrp)
                {
                    var key = new ActualLRPKey { ProcessGuid = work.Guid, Index = work.Index, Domain = work.Domain };
                    await bbs.FailLRPAsync(new FailActualLRPRequest { ActualLrpKey = key, ErrorMessage = error }, deadline: deadline, cancellationToken: stopping);
                }
                else
                {
                    await bbs.RejectTaskAsync(
                        new RejectTaskRequest { TaskGuid = work.Guid, RejectionReason = error }, deadline: deadline, cancellationToken: stopping);
                }
            }
            catch (DomainException refusal)
            {
                // Most often the row has moved on meanwhile: it was claimed, or is not wanted any more.
                LogNotReported(logger, work.AuctionId, refusal.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Placement error of {AuctionId} could not be reported to the BBS: {Why}")]
    private static partial void LogNotReported(ILogger logger, string auctionId, string why);
}

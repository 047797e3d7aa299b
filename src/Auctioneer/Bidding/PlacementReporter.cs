using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Auctioneer.Bidding;

/// <summary>
/// Reporter of placement errors to the BBS, several in parallel. A report that cannot be delivered is dropped: the converger finds the
/// instance still unclaimed, or the task still pending, and requests another auction.
/// </summary>
internal sealed partial class PlacementReporter(
    PlacementService.PlacementServiceClient bbs,
    TimeProvider time,
    ILogger<PlacementReporter> logger
)
{
    /// <summary>Limit of waiting reports. Beyond it the oldest are dropped, which the converger repairs.</summary>
    public const int QueueLength = 100_000;

    private const int Workers = 16;
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<(WorkItem Work, string Error)> _queue = Channel.CreateBounded<(WorkItem, string)>(
        new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropOldest }
    );

    public void Report(WorkItem work, string placementError) => _queue.Writer.TryWrite((work, placementError));

    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stopping)));

    private async Task WorkAsync(CancellationToken stopping)
    {
        while (true)
        {
            // Not ReadAllAsync, which would continue on the writer's context.
            var (work, error) = await _queue.Reader.ReadAsync(stopping);
            var deadline = (time.GetUtcNow() + CallTimeout).UtcDateTime;
            try
            {
                if (work.Kind == WorkKind.Lrp)
                {
                    var key = new ActualLRPKey
                    {
                        ProcessGuid = work.Guid,
                        Index = work.Index,
                        Domain = work.Domain,
                    };
                    await bbs.FailLRPAsync(
                        new FailActualLRPRequest { ActualLrpKey = key, ErrorMessage = error },
                        deadline: deadline,
                        cancellationToken: stopping
                    );
                }
                else
                {
                    await bbs.RejectTaskAsync(
                        new RejectTaskRequest { TaskGuid = work.Guid, RejectionReason = error },
                        deadline: deadline,
                        cancellationToken: stopping
                    );
                }
            }
            catch (DomainException refusal)
            {
                // Usually the row has changed meanwhile: it was claimed or is no longer wanted.
                LogNotReported(logger, work.AuctionId, refusal.Message);
            }
        }
    }

    [LoggerMessage(LogLevel.Debug, "Placement error of {AuctionId} could not be reported to the BBS: {Why}")]
    private static partial void LogNotReported(ILogger logger, string auctionId, string why);
}

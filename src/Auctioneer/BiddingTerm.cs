using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Cells;
using Scheduler.Auctioneer.Placements;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>What one time of holding the lock needs: the loop, the links to cells, the reports to the BBS.</summary>
internal sealed class BiddingTerm : IBiddingPorts
{
    private readonly CellDirectory _directory;
    private readonly PlacementReporter _reporter;

    public BiddingTerm(AuctioneerOptions options, BbsConnection bbs, ChannelFactory channels, TimeProvider time, ILoggerFactory loggers)
    {
        Messages = Channel.CreateBounded<BiddingMessage>(new BoundedChannelOptions(options.QueueLength) { SingleReader = true });
        _directory = new CellDirectory(
            new EventService.EventServiceClient(bbs.Invoker), channels, Messages.Writer, options, time, loggers.CreateLogger<CellDirectory>());
        _reporter = new PlacementReporter(
            new PlacementService.PlacementServiceClient(bbs.Invoker), time, loggers.CreateLogger<PlacementReporter>());
        Loop = new BiddingLoop(new AuctionEngine(options.Rules), Messages.Reader, this, options, time, loggers.CreateLogger<BiddingLoop>());
    }

    public Channel<BiddingMessage> Messages { get; }

    public BiddingLoop Loop { get; }

    /// <summary>Until cancelled; one part that fails ends the others.</summary>
    public async Task RunAsync(CancellationToken leading)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(leading);
        var parts = new List<Task> { Loop.RunAsync(any.Token), _directory.RunAsync(any.Token), _reporter.RunAsync(any.Token) };
        await Task.WhenAny(parts);
        await any.CancelAsync();
        await Task.WhenAll(parts);
    }

    // A cell that has just gone has told the loop so: that message gives the work back to the auction.
    public void Send(CellId cell, IReadOnlyList<WorkItem> work) => _directory.TrySend(cell, work);

    public void Resynchronize(CellId cell) => _directory.Resynchronize(cell);

    public void ReportFailure(WorkItem work, string placementError) => _reporter.Report(work, placementError);
}

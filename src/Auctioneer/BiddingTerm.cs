using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Auction.Engine;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Cells;
using Scheduler.Auctioneer.Recording;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Events;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>The parts of one term of leadership: the loop, the links to cells, the reports to the BBS.</summary>
internal sealed class BiddingTerm : IBiddingPorts, IDisposable
{
    private readonly CellDirectory _directory;
    private readonly PlacementReporter _reporter;
    private readonly AuctionRecorder? _recorder;
    private readonly BiddingGauges _gauges;
    private readonly CancellationTokenSource _ended = new();
    private bool _isDisposed;

    public BiddingTerm(AuctioneerOptions options, BbsConnection bbs, IChannels channels, TimeProvider time, ILoggerFactory loggers)
    {
        Messages = new LockFreeChannel<BiddingMessage>(options.QueueLength);
        _directory = new CellDirectory(
            new GrpcBbsEvents(bbs.Invoker),
            channels,
            Messages.Writer,
            options,
            time,
            loggers.CreateLogger<CellDirectory>()
        );
        _reporter = new PlacementReporter(
            new PlacementService.PlacementServiceClient(bbs.Invoker),
            time,
            loggers.CreateLogger<PlacementReporter>()
        );
        _recorder = options.Recording is { } recording
            ? new AuctionRecorder(recording, time, loggers.CreateLogger<AuctionRecorder>())
            : null;
        var engine = new AuctionEngine(options.Rules);
        Loop = new BiddingLoop(engine, Messages.Reader, this, options, time, loggers.CreateLogger<BiddingLoop>(), _recorder);
        _gauges = new BiddingGauges(Loop, engine);
        Ended = _ended.Token;
    }

    public Channel<BiddingMessage> Messages { get; }

    public BiddingLoop Loop { get; }

    /// <summary>The largest number of pieces of work that wait at one cell's link.</summary>
    public int MostAtOneLink => _directory.MostWaiting;

    /// <summary>Cancelled when the messages are no longer read.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Runs until cancelled; if one part fails, the others end too.</summary>
    public async Task RunAsync(CancellationToken leading)
    {
        using var any = CancellationTokenSource.CreateLinkedTokenSource(leading);
        var parts = new List<Task>
        {
            Loop.RunAsync(Messages.Writer, any.Token),
            _directory.RunAsync(any.Token),
            _reporter.RunAsync(any.Token),
        };
        if (_recorder is not null)
            parts.Add(_recorder.RunAsync(any.Token));
        await Task.WhenAny(parts);
        any.Cancel();
        await Task.WhenAll(parts);
    }

    // If the cell has just gone, a message about that is already on its way to the loop and returns the work to the auction.
    public void Send(CellId cell, IReadOnlyList<WorkItem> work) => _directory.TrySend(cell, work);

    public void Resynchronize(CellId cell) => _directory.Resynchronize(cell);

    public void ReportFailure(WorkItem work, string placementError) => _reporter.Report(work, placementError);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        _ended.Cancel();
        _ended.Dispose();
        _gauges.Dispose();
    }
}

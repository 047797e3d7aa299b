using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Leases;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>
/// One auctioneer: stands by until it holds the lock <c>auctioneer</c>, then bids until it loses it. Each term begins with an
/// empty picture, since cells and work are told anew.
/// </summary>
internal sealed class AuctioneerService(
    AuctioneerOptions options,
    BbsConnection bbs,
    ChannelFactory channels,
    ServedAddress address,
    Func<string, LeaderLease> lease,
    TimeProvider time,
    ILoggerFactory loggers)
    : BackgroundService
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private BiddingTerm? _term;

    /// <exception cref="DomainException">This one is standing by, or its queue is full.</exception>
    public void Offer(IReadOnlyList<WorkItem> work)
    {
        var term = Volatile.Read(ref _term)
            ?? throw new DomainError(ErrorKind.NotActive, "this auctioneer does not hold the lock; another one does").ToException();
        if (term.Loop.Waiting + work.Count > options.MaxWaitingWork || !term.Messages.Writer.TryWrite(new BiddingMessage.Offer(work)))
        {
            throw new DomainError(ErrorKind.Overloaded, $"{term.Loop.Waiting} starts are waiting for a decision, at most {options.MaxWaitingWork} may")
                .ToException();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        await lease(await address.UrlAsync(stoppingToken)).RunAsync(BidAsync, stoppingToken);

    private async Task BidAsync(CancellationToken leading)
    {
        var term = new BiddingTerm(options, bbs, channels, time, loggers);
        using var timer = time.CreateTimer(
            _ => term.Messages.Writer.TryWrite(new BiddingMessage.Tick()), null, TickInterval, TickInterval);
        Volatile.Write(ref _term, term);
        try
        {
            await term.RunAsync(leading);
        }
        finally
        {
            Volatile.Write(ref _term, null);
        }
    }
}

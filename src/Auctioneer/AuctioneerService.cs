using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Hosting;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Leases;
using Scheduler.Models;

namespace Scheduler.Auctioneer;

/// <summary>
/// One auctioneer: a standby until it acquires the lock <c>auctioneer</c>, then it bids until it loses the lock. Each term begins with
/// empty state, because cells and work are reported again.
/// </summary>
internal sealed class AuctioneerService(
    AuctioneerOptions options,
    BbsConnection bbs,
    IChannels channels,
    ServedAddress address,
    Func<string, LeaderLease> lease,
    TimeProvider time,
    ILoggerFactory loggers
) : BackgroundService
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private BiddingTerm? _term;
    private int _queries;

    /// <summary>Null while it is a standby.</summary>
    public BiddingTerm? TermOrNull => Volatile.Read(ref _term);

    /// <exception cref="DomainException">This auctioneer is a standby, or its queue is full.</exception>
    public void Offer(IReadOnlyList<WorkItem> work)
    {
        var term = Term();
        if (term.Loop.Admission.TryAdmit(work.Count))
        {
            if (term.Messages.Writer.TryWrite(new BiddingMessage.Offer(work, work.Count)))
                return;
            term.Loop.Admission.Leave(work.Count);
        }

        AuctioneerMetrics.WorkTurnedAway.Add(work.Count);
        throw new DomainError(
            ErrorKind.Overloaded,
            $"{term.Loop.Admission.Undecided} starts are waiting for a decision; the limit is {options.MaxWaitingWork}"
        ).ToException();
    }

    /// <summary>Runs a query beside the loop, on a copy of the fleet taken between two auctions.</summary>
    /// <param name="guid">Also find the last decision about this work; null for none.</param>
    /// <exception cref="DomainException">This auctioneer is a standby, or too many queries are in progress.</exception>
    public async Task<T> LookAsync<T>(string? guid, int index, Func<AuctionLook, T> question, CancellationToken cancellationToken)
    {
        var term = Term();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, term.Ended);
        try
        {
            if (Interlocked.Increment(ref _queries) > options.MaxQueries)
                throw new DomainError(
                    ErrorKind.Overloaded,
                    $"the limit of {options.MaxQueries} concurrent explanations and plans is reached; retry later"
                ).ToException();
            var answer = new TaskCompletionSource<AuctionLook>(TaskCreationOptions.RunContinuationsAsynchronously);
            await term.Messages.Writer.WriteAsync(new BiddingMessage.Look(guid, index, answer), either.Token);
            return question(await Waits.ForAsync(answer.Task, either.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw StandingBy();
        }
        finally
        {
            Interlocked.Decrement(ref _queries);
        }
    }

    /// <summary>Also releases a term that did not end by itself: the framework would keep its metrics forever.</summary>
    public override void Dispose()
    {
        Volatile.Read(ref _term)?.Dispose();
        base.Dispose();
    }

    private BiddingTerm Term() => TermOrNull ?? throw StandingBy();

    private static DomainException StandingBy() =>
        new DomainError(ErrorKind.NotActive, "this auctioneer is on standby; send the request to the active one").ToException();

    /// <summary>Alternates between standby and bidding until stopped.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken) =>
        await lease(await address.UrlAsync(stoppingToken)).RunAsync(BidAsync, stoppingToken);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task BidAsync(CancellationToken leading)
    {
        using var term = new BiddingTerm(options, bbs, channels, time, loggers);
        using var timer = time.CreateTimer(_ => term.Messages.Writer.TryWrite(new BiddingMessage.Tick()), null, TickInterval, TickInterval);
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

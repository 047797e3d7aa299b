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
    IChannels channels,
    ServedAddress address,
    Func<string, LeaderLease> lease,
    TimeProvider time,
    ILoggerFactory loggers)
    : BackgroundService
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);
    private BiddingTerm? _term;
    private int _queries;

    /// <summary>Null while it stands by.</summary>
    public BiddingTerm? TermOrNull => Volatile.Read(ref _term);

    /// <exception cref="DomainException">This one is standing by, or its queue is full.</exception>
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
            $"{term.Loop.Admission.Undecided} starts are waiting for a decision; the limit is {options.MaxWaitingWork}").ToException();
    }

    /// <summary>Runs a question on a copy of the fleet as it is between two auctions, beside the loop.</summary>
    /// <param name="guid">Also look for the last decision about this work; null for none.</param>
    /// <exception cref="DomainException">This one is standing by, or too many questions are under way.</exception>
    public async Task<T> LookAsync<T>(string? guid, int index, Func<AuctionLook, T> question, CancellationToken cancellationToken)
    {
        var term = Term();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, term.Ended);
        try
        {
            if (Interlocked.Increment(ref _queries) > options.MaxQueries)
                throw new DomainError(
                    ErrorKind.Overloaded,
                    $"the limit of {options.MaxQueries} concurrent explanations and plans is reached; retry later").ToException();
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

    /// <summary>Lets go of a term that did not end by itself, too: the framework keeps what it measures for ever.</summary>
    public override void Dispose()
    {
        Volatile.Read(ref _term)?.Dispose();
        base.Dispose();
    }

    private BiddingTerm Term() => TermOrNull ?? throw StandingBy();

    private static DomainException StandingBy() =>
        new DomainError(ErrorKind.NotActive, "this auctioneer is on standby; send the request to the active one").ToException();

    /// <summary>Stands by and bids in turn until stopped.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken) =>
        await lease(await address.UrlAsync(stoppingToken)).RunAsync(BidAsync, stoppingToken);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    private async Task BidAsync(CancellationToken leading)
    {
        using var term = new BiddingTerm(options, bbs, channels, time, loggers);
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

using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Commands;
using Scheduler.Bbs.Loop;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// External work that follows the commits of the BBS. All of it is derived from the state, so nothing here is durable: a new term
/// restores from the state what may have been lost, and convergence finds the rest.
/// </summary>
internal sealed class OutboundWork : IFollowUps
{
    private readonly AuctionRequests _auctions;
    private readonly TaskCallbacks _callbacks;

    public OutboundWork(CommandLoop loop, OutboundClients clients, OutboundOptions options, TimeProvider time, int seed, ILogger logger)
    {
        var retry = new RetryWait(new Backoff(options.RetryMin, options.RetryMax), time, new Random(seed));
        _auctions = new AuctionRequests(() => loop.State, clients.Auctioneer, options, retry, time, logger);
        Reps = new RepCalls(() => loop.State, clients.Rep, options, retry, time, logger);
        _callbacks = new TaskCallbacks(loop, clients.Callback, options, retry, logger);
    }

    public RepCalls Reps { get; }

    public int AuctionsWaiting => _auctions.Waiting;

    public int CallbacksWaiting => _callbacks.Waiting;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task[] parts = [_auctions.RunAsync(together.Token), Reps.RunAsync(together.Token), _callbacks.RunAsync(together.Token)];
            // A part ends on its own only because of a bug, and a term with two of three parts is of no use.
            await Task.WhenAny(parts);
            together.Cancel();
            await Task.WhenAll(parts);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The term has ended.
        }
    }

    /// <summary>At the start of a term, takes up what the previous term may have left undone.</summary>
    public void TakeUp(BbsState state)
    {
        _auctions.WantAll(state);
        foreach (var task in state.Tasks.Values)
        {
            if (task.State == OneOffTask.Types.State.Completed && task.TaskDefinition.CompletionCallbackUrl.Length > 0)
                _callbacks.Submit(task.TaskGuid);
        }
    }

    public void Take(IReadOnlyList<FollowUp> followUps)
    {
        foreach (var followUp in followUps)
        {
            switch (followUp)
            {
                case FollowUp.AuctionLrp auction:
                    _auctions.Want(auction.Slot);
                    break;
                case FollowUp.AuctionTask auction:
                    _auctions.Want(auction.TaskGuid);
                    break;
                case FollowUp.AuctioneerChanged:
                    _auctions.AuctioneerChanged();
                    break;
                case FollowUp.StopInstance stop:
                    Reps.Stop(stop.Row);
                    break;
                case FollowUp.UpdateInstance update:
                    Reps.Update(update.Row);
                    break;
                case FollowUp.CancelTask cancel:
                    Reps.Cancel(cancel.TaskGuid, cancel.CellId);
                    break;
                case FollowUp.Callback callback:
                    _callbacks.Submit(callback.TaskGuid);
                    break;
                default:
                    throw new InvalidOperationException($"{followUp.GetType().Name} is not one of the list");
            }
        }
        _auctions.Wake();
    }
}

using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Requests auctions until an auctioneer has accepted the work. Holds keys only, at most one per slot and task, and checks before sending
/// that the work still needs a cell. A new auctioneer does not know what the previous one had accepted, so it gets all waiting work.
/// Processes take turns, so that one with thousands of instances or crashes does not starve the others.
/// </summary>
internal sealed class AuctionRequests(
    Func<BbsState> state,
    IAuctioneerClient client,
    OutboundOptions options,
    RetryWait retry,
    TimeProvider time,
    ILogger logger
)
{
    private readonly Lock _lock = new();
    private readonly HashSet<LrpKey> _waitingSlots = [];
    private readonly Queue<string> _tasks = new();
    private readonly HashSet<string> _waitingTasks = new(StringComparer.Ordinal);

    // If the channel is full, the loop will wake up anyway.
    private readonly Channel<bool> _awake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private FairQueue<LrpKey> _slots = new();
    private bool _takeAll;

    /// <summary>Number of slots and tasks that wait to be sent.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waitingSlots.Count + _waitingTasks.Count;
        }
    }

    public void Want(LrpKey slot)
    {
        var row = state().Find(new ActualLrpRowKey(slot.ProcessGuid, slot.Index, LrpPresence.Ordinary));
        lock (_lock)
            Add(slot, row is not null && StartRequests.IsRestart(row));
    }

    public void Want(string taskGuid)
    {
        lock (_lock)
            Add(taskGuid);
    }

    public void WantAll(BbsState state)
    {
        lock (_lock)
        {
            foreach (var process in state.Processes.Values)
            {
                foreach (var row in process.All)
                {
                    if (row.State == ActualLrpStateNames.Unclaimed)
                        Add(row.Slot(), StartRequests.IsRestart(row));
                }
            }
            foreach (var task in state.Tasks.Values)
            {
                if (task.State == OneOffTask.Types.State.Pending)
                    Add(task.TaskGuid);
            }
        }
        Wake();
    }

    public void AuctioneerChanged()
    {
        lock (_lock)
            _takeAll = true;
    }

    public void Wake() => _awake.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var failures = 0;
        while (await _awake.Reader.WaitToReadAsync(cancellationToken))
        {
            _awake.Reader.TryRead(out _);
            while (await SendSomeAsync(cancellationToken) is { } sent)
            {
                if (sent)
                {
                    failures = 0;
                    continue;
                }
                await retry.WaitAsync(++failures, cancellationToken);
            }
        }
    }

    /// <summary>True when a request was accepted, false when it failed and will be retried, null when there is nothing to do now.</summary>
    private async Task<bool?> SendSomeAsync(CancellationToken cancellationToken)
    {
        var now = state();
        if (!now.Locks.TryGetValue(LockKeys.Auctioneer, out var auctioneer))
        {
            Forget();
            return null;
        }
        if (ShouldTakeAll())
            WantAll(now);
        var (slots, tasks) = TakeSome();
        if (slots.Count == 0 && tasks.Count == 0)
            return null;
        try
        {
            using var patience = new CancellationTokenSource(options.CallTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            if (StartRequests.Of(now, slots) is { Requests.Count: > 0 } lrps)
                await client.RequestAsync(auctioneer.Value, lrps, either.Token);
            slots = [];
            if (StartRequests.Of(now, tasks) is { Requests.Count: > 0 } taskRequest)
                await client.RequestAsync(auctioneer.Value, taskRequest, either.Token);
            return true;
        }
        catch (Exception e) when (e is DomainException || !cancellationToken.IsCancellationRequested)
        {
            // Work that was accepted before is not sent twice. A request that cannot even be built does not end the loop either: its
            // address comes from the value in the holder's lock.
            logger.AuctioneerDidNotTake(slots.Count + tasks.Count, auctioneer.Value, e.Message);
            foreach (var slot in slots)
                Want(slot);
            foreach (var task in tasks)
                Want(task);
            return false;
        }
    }

    /// <summary>There is no auctioneer, and the next one gets all waiting work: no need to keep keys until then.</summary>
    private void Forget()
    {
        lock (_lock)
        {
            (_slots, _takeAll) = (new FairQueue<LrpKey>(), true);
            _waitingSlots.Clear();
            _tasks.Clear();
            _waitingTasks.Clear();
        }
    }

    private bool ShouldTakeAll()
    {
        lock (_lock)
        {
            var all = _takeAll;
            _takeAll = false;
            return all;
        }
    }

    /// <summary>Takes up to one request's worth of each kind, so that a flood of one kind does not delay the other.</summary>
    private (List<LrpKey> Slots, List<string> Tasks) TakeSome()
    {
        lock (_lock)
        {
            var slots = new List<LrpKey>(Math.Min(_slots.Count, options.MaxStartsPerRequest));
            while (slots.Count < options.MaxStartsPerRequest && _slots.TryTake(out var slot))
            {
                _waitingSlots.Remove(slot);
                slots.Add(slot);
            }
            var tasks = new List<string>(Math.Min(_tasks.Count, options.MaxStartsPerRequest));
            while (tasks.Count < options.MaxStartsPerRequest && _tasks.TryDequeue(out var task))
            {
                _waitingTasks.Remove(task);
                tasks.Add(task);
            }
            return (slots, tasks);
        }
    }

    private void Add(LrpKey slot, bool isRestart)
    {
        if (_waitingSlots.Add(slot))
            _slots.Add(slot.ProcessGuid, isRestart, slot);
    }

    private void Add(string taskGuid)
    {
        if (_waitingTasks.Add(taskGuid))
            _tasks.Enqueue(taskGuid);
    }
}

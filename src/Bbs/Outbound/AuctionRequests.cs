using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Scheduler.Bbs.Locks;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Outbound;

/// <summary>
/// Puts work up for auction until an auctioneer has taken it. Holds keys only, at most one per slot and task; whether one still waits for
/// a cell is looked up when it is sent. A new auctioneer knows nothing of what the old one had taken, so it gets everything that waits.
/// </summary>
internal sealed class AuctionRequests(
    Func<BbsState> state, IAuctioneerClient client, OutboundOptions options, Backoff backoff, TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<(string ProcessGuid, int Index)> _slots = new(Comparer<(string ProcessGuid, int Index)>.Create((a, b) =>
        string.CompareOrdinal(a.ProcessGuid, b.ProcessGuid) is var byProcess and not 0 ? byProcess : a.Index.CompareTo(b.Index)));
    private readonly SortedSet<string> _tasks = new(StringComparer.Ordinal);
    // Full means: awake already.
    private readonly Channel<bool> _awake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _takeAll;

    public void Want(LrpKey slot)
    {
        lock (_lock) _slots.Add((slot.ProcessGuid, slot.Index));
    }

    public void Want(string taskGuid)
    {
        lock (_lock) _tasks.Add(taskGuid);
    }

    public void WantAll(BbsState state)
    {
        lock (_lock)
        {
            foreach (var process in state.Processes.Values)
            {
                foreach (var row in process.All)
                {
                    if (row.State == ActualLrpStateNames.Unclaimed) _slots.Add((row.ProcessGuid(), row.Index()));
                }
            }
            foreach (var task in state.Tasks.Values)
            {
                if (task.State == OneOffTask.Types.State.Pending) _tasks.Add(task.TaskGuid);
            }
        }
        Wake();
    }

    public void AuctioneerChanged()
    {
        lock (_lock) _takeAll = true;
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
                await backoff.WaitAsync(++failures, cancellationToken);
            }
        }
    }

    /// <summary>True when a request was taken, false when it failed and waits for another try, null when there is nothing to do now.</summary>
    private async Task<bool?> SendSomeAsync(CancellationToken cancellationToken)
    {
        var now = state();
        if (!now.Locks.TryGetValue(LockKeys.Auctioneer, out var auctioneer)) return null;
        if (ShouldTakeAll()) WantAll(now);
        var slots = TakeSlots();
        var tasks = slots.Count > 0 ? [] : TakeTasks();
        if (slots.Count == 0 && tasks.Count == 0) return null;
        try
        {
            using var patience = new CancellationTokenSource(options.CallTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            if (StartRequests.Of(now, slots) is { Requests.Count: > 0 } lrps)
                await client.RequestAsync(auctioneer.Value, lrps, either.Token);
            if (StartRequests.Of(now, tasks) is { Requests.Count: > 0 } taskRequest)
                await client.RequestAsync(auctioneer.Value, taskRequest, either.Token);
            return true;
        }
        catch (Exception e) when (e is DomainException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            logger.AuctioneerDidNotTake(slots.Count + tasks.Count, auctioneer.Value, e.Message);
            foreach (var slot in slots) Want(slot);
            foreach (var task in tasks) Want(task);
            return false;
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

    private List<LrpKey> TakeSlots()
    {
        lock (_lock)
        {
            var taken = new List<LrpKey>(Math.Min(_slots.Count, options.MaxStartsPerRequest));
            while (taken.Count < options.MaxStartsPerRequest && _slots.Count > 0)
            {
                var slot = _slots.Min;
                _slots.Remove(slot);
                taken.Add(new LrpKey(slot.ProcessGuid, slot.Index));
            }
            return taken;
        }
    }

    private List<string> TakeTasks()
    {
        lock (_lock)
        {
            var taken = new List<string>(Math.Min(_tasks.Count, options.MaxStartsPerRequest));
            while (taken.Count < options.MaxStartsPerRequest && _tasks.Min is { } task)
            {
                _tasks.Remove(task);
                taken.Add(task);
            }
            return taken;
        }
    }
}

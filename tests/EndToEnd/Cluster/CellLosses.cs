using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Tests.EndToEnd.Cluster;

/// <summary>
/// Counts expired presences, so that a test can distinguish the effect of a fault from a machine too slow to renew them.
/// </summary>
internal sealed class CellLosses : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(200);

    // Only a failed test waits this long.
    private static readonly TimeSpan Heard = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly EventService.EventServiceClient _events;
    private readonly Task _following;
    private readonly HashSet<string> _present = [];
    private int _count;

    public CellLosses(TestCluster cluster)
    {
        _events = new EventService.EventServiceClient(cluster.Bbs);
        _following = FollowAsync();
    }

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Whether more presences than the given number were lost. Waits for it, because an event stream reports a loss after its effects show.
    /// </summary>
    public async Task<bool> ExceedAsync(int count)
    {
        using var deadline = new CancellationTokenSource(Heard);
        while (Count <= count && !deadline.IsCancellationRequested)
            await Task.Delay(Retry);
        return Count > count;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var call = _events.Follow(
                    new FollowRequest { Snapshot = true, DomainsAndCells = true },
                    cancellationToken: _stop.Token
                );
                var seen = new HashSet<string>();
                while (await call.ResponseStream.MoveNext(_stop.Token))
                    Apply(call.ResponseStream.Current, seen);
            }
            catch (Exception failure) when (failure is DomainException or OperationCanceledException)
            {
                // Another BBS takes over; its snapshot starts a new comparison.
            }

            await Task.Delay(Retry, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Apply(Event next, HashSet<string> seen)
    {
        switch (next.PayloadCase)
        {
            case Event.PayloadOneofCase.CellAppeared:
                seen.Add(next.CellAppeared.Cell.CellId);
                _present.Add(next.CellAppeared.Cell.CellId);
                break;
            case Event.PayloadOneofCase.CellDisappeared:
                seen.Remove(next.CellDisappeared.Cell.CellId);
                Lose(next.CellDisappeared.Cell.CellId);
                break;
            case Event.PayloadOneofCase.SnapshotComplete:
                foreach (var cell in _present.Except(seen).ToList())
                    Lose(cell);
                break;
            default:
                break;
        }
    }

    private void Lose(string cell)
    {
        if (_present.Remove(cell))
            Interlocked.Increment(ref _count);
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;

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
    private readonly Task _following;
    private readonly HashSet<string> _present = [];
    private int _count;

    public CellLosses(TestCluster cluster)
    {
        _following = FollowAsync(cluster);
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

    private async Task FollowAsync(TestCluster cluster)
    {
        var follower = new EventFollower(
            new GrpcBbsEvents(cluster.Bbs),
            new FollowRequest { DomainsAndCells = true },
            _ => Retry,
            TimeProvider.System,
            NullLogger.Instance
        )
        {
            // When another BBS takes over, its snapshot starts a new comparison.
            Resumes = false,
        };
        try
        {
            await follower.RunAsync(
                async stream =>
                {
                    var seen = new HashSet<string>();
                    await foreach (var next in stream.TakeAllAsync())
                        Apply(next, seen);
                    return false;
                },
                _stop.Token
            );
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
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

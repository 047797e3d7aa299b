using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Hosting.Events;

/// <summary>One stream of an <see cref="EventFollower"/>, until it ends or is disposed. For one reader.</summary>
public sealed class EventStream : IAsyncDisposable
{
    private readonly IAsyncEnumerator<Event> _events;
    private readonly Action<Event> _taken;
    private readonly CancellationTokenSource? _leaving;
    private Task<bool> _moving = Task.FromResult(false);
    private bool _isDisposed;

    internal EventStream(IBbsEvents bbs, FollowRequest request, bool leavesWhileWaiting, Action<Event> taken, CancellationToken cancellationToken)
    {
        _taken = taken;
        _leaving = leavesWhileWaiting ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        BeginsWithSnapshot = request.Snapshot;
        Ending = _leaving?.Token ?? cancellationToken;
        _events = bbs.FollowAsync(request, Ending).GetAsyncEnumerator(Ending);
    }

    /// <summary>Whether the whole state comes first, as events up to SnapshotComplete. What is known from before is to be forgotten.</summary>
    public bool BeginsWithSnapshot { get; }

    /// <summary>Cancelled with the following; and when the stream is disposed, if the reader leaves it while it waits.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Waits for the next event. Not to be called again before it has ended.</summary>
    /// <returns>False when the BBS has closed the stream.</returns>
    /// <exception cref="DomainException">The stream broke, or the BBS refused it.</exception>
    public Task<bool> MoveNextAsync() => _moving = _events.MoveNextAsync().AsTask();

    /// <summary>The event that was waited for. It counts as read: a later stream may go on after it.</summary>
    public Event Take()
    {
        var taken = _events.Current;
        _taken(taken);
        return taken;
    }

    /// <summary>Takes event after event, to the end of the stream.</summary>
    public async IAsyncEnumerable<Event> TakeAllAsync()
    {
        while (await MoveNextAsync())
            yield return Take();
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        // An enumerator may be left only when it is not on its way to the next element.
        _leaving?.Cancel();
        await _moving.Ended();
        await _events.DisposeAsync();
        _leaving?.Dispose();
    }
}

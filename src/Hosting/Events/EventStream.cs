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

    internal EventStream(
        IBbsEvents bbs,
        FollowRequest request,
        bool leavesWhileWaiting,
        Action<Event> taken,
        CancellationToken cancellationToken
    )
    {
        _taken = taken;
        _leaving = leavesWhileWaiting ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken) : null;
        BeginsWithSnapshot = request.Snapshot;
        Ending = _leaving?.Token ?? cancellationToken;
        _events = bbs.FollowAsync(request, Ending).GetAsyncEnumerator(Ending);
    }

    /// <summary>
    /// Whether the stream begins with the whole state, as events up to SnapshotComplete. Earlier state must then be discarded.
    /// </summary>
    public bool BeginsWithSnapshot { get; }

    /// <summary>
    /// Cancelled together with the following; also when the stream is disposed, if the reader may leave it while waiting.
    /// </summary>
    public CancellationToken Ending { get; }

    /// <summary>Waits for the next event. Do not call it again before the returned task has ended.</summary>
    /// <returns>False if the BBS has closed the stream.</returns>
    /// <exception cref="DomainException">The stream broke, or the BBS refused it.</exception>
    public Task<bool> MoveNextAsync() => _moving = _events.MoveNextAsync().AsTask();

    /// <summary>Returns the awaited event and marks it as read: a later stream may continue after it.</summary>
    public Event Take()
    {
        var taken = _events.Current;
        _taken(taken);
        return taken;
    }

    /// <summary>Takes all events to the end of the stream.</summary>
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
        // An enumerator must not be disposed while it moves to the next element.
        _leaving?.Cancel();
        await _moving.Ended();
        await _events.DisposeAsync();
        _leaving?.Dispose();
    }
}

using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Hosting.Events;

/// <summary>
/// Follower that keeps an event stream open: first the whole state, then changes. A lost stream is resumed where it ended; only if the BBS
/// no longer holds that revision is the whole state read again. The reader interprets the events.
/// </summary>
/// <remarks>A BBS that vanished is detected by the connection's own probes; streams have no idle timeout here.</remarks>
/// <param name="filter">Which events are wanted. The follower itself sets where the stream starts.</param>
/// <param name="retryPause">Pause before the next stream is opened, by the number of consecutive streams that ended without an event, from
/// 1.</param>
public sealed class EventFollower(IBbsEvents bbs, FollowRequest filter, Func<int, TimeSpan> retryPause, TimeProvider time, ILogger logger)
{
    private readonly EventCursor _cursor = new();
    private int _failures;

    /// <summary>Whether a lost stream is resumed. If not, the whole state is read again each time.</summary>
    public bool Resumes { get; init; } = true;

    /// <summary>
    /// Whether the reader also waits for other things than the next event, and so may leave a stream while that is still awaited.
    /// </summary>
    public bool LeavesWhileWaiting { get; init; }

    /// <summary>
    /// Reads the whole state and returns its revision, instead of a snapshot in the stream. If null, the stream begins with one.
    /// </summary>
    public Func<CancellationToken, Task<ulong>>? LoadAsync { get; init; }

    /// <summary>
    /// Which failures end only the stream, not the following. By default all failures of the BBS or of the connection to it.
    /// </summary>
    public Predicate<DomainException> MayPass { get; init; } = _ => true;

    /// <summary>Whether the whole state was read completely.</summary>
    public bool HasSnapshot => _cursor.HasSnapshot;

    /// <summary>Makes the next stream begin with the whole state.</summary>
    public void Forget() => _cursor.Forget();

    /// <summary>Opens one stream after the other, until cancelled or until the reader is done.</summary>
    /// <param name="readAsync">Reads one stream to its end. Returns true if no further stream is wanted.</param>
    /// <exception cref="DomainException">A failure that <see cref="MayPass"/> does not accept.</exception>
    public async Task RunAsync(Func<EventStream, Task<bool>> readAsync, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var stream = await OpenAsync(cancellationToken);
                if (await readAsync(stream))
                    return;
                logger.StreamLost("the BBS closed it", _cursor.Complete);
            }
            catch (DomainException refusal) when (refusal.Kind == ErrorKind.RevisionGone)
            {
                logger.RevisionGone(_cursor.Complete);
                _cursor.Forget();
            }
            catch (DomainException failure) when (MayPass(failure))
            {
                logger.StreamLost(failure.Message, _cursor.Complete);
            }

            await Task.Delay(retryPause(++_failures), time, cancellationToken);
        }
    }

    private async Task<EventStream> OpenAsync(CancellationToken cancellationToken)
    {
        if (!Resumes)
            _cursor.Forget();
        if (!_cursor.HasSnapshot && LoadAsync is not null)
            _cursor.Begin(await LoadAsync(cancellationToken));
        var request = filter.Clone();
        if (_cursor.HasSnapshot)
            request.AfterRevision = _cursor.Complete;
        else
            request.Snapshot = true;
        return new EventStream(bbs, request, LeavesWhileWaiting, Note, cancellationToken);
    }

    private void Note(Event taken)
    {
        _failures = 0;
        _cursor.Note(taken);
    }
}

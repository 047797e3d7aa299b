using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Models;

namespace Scheduler.Hosting.Events;

/// <summary>
/// Keeps an event stream open: first the whole state, then what changes. A lost stream is resumed where it ended; only when the BBS no
/// longer remembers that far back is the whole state read anew. What the events mean is the reader's to know.
/// </summary>
/// <remarks>A BBS that vanished without a word is found out by the connection's own probes; streams have no limit of silence here.</remarks>
/// <param name="filter">Which events are wanted. Where the stream starts is this follower's to say.</param>
/// <param name="retryPause">How long to wait before another stream is opened, by how many in a row ended without an event, from 1.</param>
public sealed class EventFollower(IBbsEvents bbs, FollowRequest filter, Func<int, TimeSpan> retryPause, TimeProvider time, ILogger logger)
{
    private readonly EventCursor _cursor = new();
    private int _failures;

    /// <summary>Whether a lost stream is resumed. If not, the whole state is read anew each time.</summary>
    public bool Resumes { get; init; } = true;

    /// <summary>Whether the reader waits for other things beside the next event, and so may leave a stream while that is still awaited.</summary>
    public bool LeavesWhileWaiting { get; init; }

    /// <summary>Reads the whole state, and says of which revision, in place of a snapshot in the stream. Null: the stream begins with one.</summary>
    public Func<CancellationToken, Task<ulong>>? LoadAsync { get; init; }

    /// <summary>Which failures end the stream only, and not the following. By default every one that the BBS or the way to it can have.</summary>
    public Predicate<DomainException> MayPass { get; init; } = _ => true;

    /// <summary>Whether the whole state was read to its end.</summary>
    public bool HasSnapshot => _cursor.HasSnapshot;

    /// <summary>The next stream begins with the whole state.</summary>
    public void Forget() => _cursor.Forget();

    /// <summary>Opens stream after stream, until cancelled or until the reader has what it wants.</summary>
    /// <param name="readAsync">Reads one stream to its end. True when no other is wanted.</param>
    /// <exception cref="DomainException">One that may not pass.</exception>
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

using System.Runtime.CompilerServices;

namespace Scheduler.Bbs.Events;

/// <summary>
/// Holds the events of the last commits in one ring shared by all followers; each reads at its own pace. The commit loop never waits for
/// a follower and buffers nothing for it: a follower that falls out of the ring gets an error and takes a new snapshot.
/// </summary>
/// <remarks>
/// One writer, any number of readers, no locks: each slot records its position, so a reader notices when it has been overtaken.
/// </remarks>
internal sealed class EventHub
{
    private readonly Entry?[] _ring;
    private readonly TimeProvider _time;
    private readonly TimeSpan _heartbeat;
    private readonly long _maxBytes;
    private long _bytes;
    private long _oldest;
    private long _next;
    private ulong _committed;
    private ulong _revision;
    private ulong _floor;
    private DomainError? _closed;
    private TaskCompletionSource _news = NewSignal();

    /// <param name="revision">Revision of the loaded state; the ring holds no events before it.</param>
    public EventHub(ulong revision, EventOptions options, TimeProvider time)
    {
        _ring = new Entry?[options.Capacity];
        _heartbeat = options.Heartbeat;
        _maxBytes = options.MaxBytes;
        _time = time;
        _committed = revision;
        _revision = revision;
        _floor = revision;
    }

    /// <summary>
    /// Called by the commit loop before it publishes the state of the revision: whoever reads that state may follow from its revision at
    /// once.
    /// </summary>
    public void Committed(ulong revision) => Volatile.Write(ref _committed, revision);

    /// <summary>Called by the commit loop after <see cref="Committed"/>. The events already carry the revision.</summary>
    public void Publish(ulong revision, IReadOnlyList<Event> events)
    {
        foreach (var @event in events)
        {
            var size = @event.CalculateSize();
            while (_oldest < _next && (_next - _oldest == _ring.Length || _bytes + size > _maxBytes))
                DropOldest();
            _bytes += size;
            Volatile.Write(ref _ring[_next % _ring.Length], new Entry(_next, @event, size));
            Volatile.Write(ref _next, _next + 1);
        }
        Volatile.Write(ref _revision, revision);
        Interlocked.Exchange(ref _news, NewSignal()).TrySetResult();
    }

    private void DropOldest()
    {
        ref var slot = ref _ring[_oldest % _ring.Length];
        _bytes -= slot!.Size;
        Volatile.Write(ref _floor, slot.Event.Revision);
        Volatile.Write(ref slot, null);
        Volatile.Write(ref _oldest, _oldest + 1);
    }

    /// <summary>Ends every follower with the error because this node no longer leads.</summary>
    public void Close(DomainError why)
    {
        Volatile.Write(ref _closed, why);
        Interlocked.Exchange(ref _news, NewSignal()).TrySetResult();
    }

    /// <summary>
    /// Streams the matching events after the revision, then new ones, with a heartbeat whenever no event was sent for a while. The revision
    /// of a heartbeat is the one up to which the follower has seen every event.
    /// </summary>
    /// <param name="sayHello">Whether to send a heartbeat first, so that the follower knows its position.</param>
    /// <exception cref="DomainException">
    /// RevisionGone: the revision is no longer held, never existed, or the follower is too slow. NotActive: this node stopped leading.
    /// </exception>
    public async IAsyncEnumerable<Event> FollowAsync(
        ulong afterRevision,
        Func<Event, bool> passes,
        bool sayHello,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var position = PositionAfter(afterRevision);
        if (sayHello)
            yield return Heartbeat(afterRevision);
        var lastSent = _time.GetTimestamp();
        while (true)
        {
            var news = Volatile.Read(ref _news).Task;
            // Read before the position: every event up to this revision lies before the position read next.
            var revision = Volatile.Read(ref _revision);
            var next = Volatile.Read(ref _next);
            while (position < next)
            {
                var @event = At(position++) ?? throw TooSlow();
                if (@event.Revision <= afterRevision || !passes(@event))
                    continue;
                yield return @event;
                lastSent = _time.GetTimestamp();
            }
            if (Volatile.Read(ref _closed) is { } why)
                throw why.ToException();
            var wait = _heartbeat - _time.GetElapsedTime(lastSent);
            if (wait > TimeSpan.Zero && await ComesWithinAsync(news, wait, cancellationToken))
                continue;
            yield return Heartbeat(Math.Max(revision, afterRevision));
            lastSent = _time.GetTimestamp();
        }
    }

    private static Event Heartbeat(ulong revision) => new() { Revision = revision, Heartbeat = new HeartbeatEvent() };

    private async Task<bool> ComesWithinAsync(Task news, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await news.WaitAsync(wait, _time, cancellationToken);
            // The signal resumes followers synchronously on the commit loop's thread; yield so that their work does not run there.
            await Task.Yield();
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    // The ring is sorted by revision.
    private long PositionAfter(ulong revision)
    {
        // Read the position first: a commit in between only makes the check below more lenient.
        var high = Volatile.Read(ref _next);
        if (revision > Volatile.Read(ref _committed))
            throw Gone(revision, "this BBS has not committed that revision");
        var low = Math.Min(high, Volatile.Read(ref _oldest));
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            // Overwritten in the meantime, so it was older than everything still held.
            if (At(middle) is not { } @event || @event.Revision <= revision)
                low = middle + 1;
            else
                high = middle;
        }
        if (revision < Volatile.Read(ref _floor))
            throw Gone(revision, $"the oldest revision to resume from is {Volatile.Read(ref _floor)}");
        return low;
    }

    private Event? At(long position) =>
        Volatile.Read(ref _ring[position % _ring.Length]) is { } entry && entry.Position == position ? entry.Event : null;

    private static DomainException Gone(ulong revision, string why) =>
        new DomainError(
            ErrorKind.RevisionGone,
            $"events after revision {revision} are not available: {why}; load a new snapshot"
        ).ToException();

    private DomainException TooSlow() =>
        new DomainError(
            ErrorKind.RevisionGone,
            "the follower fell behind by more events than the BBS keeps; load a new snapshot"
        ).ToException();

    // Asynchronous continuations would run on the thread pool, whose order a simulation cannot control.
    private static TaskCompletionSource NewSignal() => new();

    private sealed record Entry(long Position, Event Event, int Size);
}

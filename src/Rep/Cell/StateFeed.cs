using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Cell;

/// <summary>
/// The cell's last revisions, for whoever follows its state. Readers ask for what comes after the revision they hold, so a
/// slow one costs nothing: it gets several at once, or the whole state when the feed does not go back that far.
/// </summary>
internal sealed class StateFeed(CellLedger ledger, int history)
{
    private readonly Queue<LedgerChange> _changes = [];
    private TaskCompletionSource _next = NewSignal();

    public void Add(LedgerChange change)
    {
        _changes.Enqueue(change);
        if (_changes.Count > history) _changes.Dequeue();
        var waiting = _next;
        _next = NewSignal();
        waiting.SetResult();
    }

    /// <param name="after">0: the reader holds nothing.</param>
    public StateRead Read(ulong after)
    {
        if (after == ledger.Revision) return new StateRead(null, [], _next.Task);
        var oldest = ledger.Revision - (ulong)_changes.Count;
        return after < oldest || after == 0 || after > ledger.Revision
            ? new StateRead(Snapshot(), [], _next.Task)
            : new StateRead(null, [.. _changes.Where(change => change.Revision > after)], _next.Task);
    }

    private LedgerSnapshot Snapshot() => new(
        ledger.Profile, ledger.Revision, ledger.Available, [.. ledger.Allocations], ledger.StartingCount, ledger.Evacuating, ledger.Healthy);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Either the whole state, or the changes since; or neither, and then <paramref name="Next"/> ends when there is more.</summary>
internal sealed record StateRead(LedgerSnapshot? Full, IReadOnlyList<LedgerChange> Changes, Task Next);

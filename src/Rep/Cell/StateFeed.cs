using Scheduler.Rep.Capacity;

namespace Scheduler.Rep.Cell;

/// <summary>
/// The latest revisions of the cell's state, for its followers. Readers ask for the changes after the revision they hold, so a slow
/// reader costs nothing: it gets several changes at once, or the whole state if the feed does not go back that far.
/// </summary>
internal sealed class StateFeed(CellLedger ledger, int history)
{
    // Revisions are consecutive, so a revision determines the position of its change.
    private readonly LedgerChange[] _changes = new LedgerChange[history];
    private ulong _oldest = ledger.Revision;
    private TaskCompletionSource _next = NewSignal();

    public void Add(LedgerChange change)
    {
        _changes[Place(change.Revision)] = change;
        if (change.Revision - _oldest > (ulong)history)
            _oldest = change.Revision - (ulong)history;
        var waiting = _next;
        _next = NewSignal();
        waiting.SetResult();
    }

    /// <param name="after">The revision that the reader holds; 0: none.</param>
    public StateRead Read(ulong after)
    {
        if (after == ledger.Revision)
            return new StateRead(null, [], _next.Task);
        if (after < _oldest || after == 0 || after > ledger.Revision)
            return new StateRead(Snapshot(), [], _next.Task);
        var changes = new LedgerChange[ledger.Revision - after];
        for (var i = 0; i < changes.Length; i++)
            changes[i] = _changes[Place(after + 1 + (ulong)i)];
        return new StateRead(null, changes, _next.Task);
    }

    private int Place(ulong revision) => (int)(revision % (ulong)history);

    private LedgerSnapshot Snapshot() =>
        new(
            ledger.Profile,
            ledger.Revision,
            ledger.Available,
            [.. ledger.Allocations],
            ledger.StartingCount,
            ledger.Evacuating,
            ledger.Healthy
        );

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The whole state, or the changes since; if neither, <paramref name="Next"/> completes when there are more.</summary>
internal sealed record StateRead(LedgerSnapshot? Full, IReadOnlyList<LedgerChange> Changes, Task Next);

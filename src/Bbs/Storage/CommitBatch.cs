namespace Scheduler.Bbs.Storage;

/// <summary>
/// All row changes of one batch of commands, already coalesced: each row occurs at most once, among the upserts or
/// among the deletes of its kind. Rows are shared with readers and must not be changed.
/// </summary>
public sealed class CommitBatch
{
    /// <summary>The term of leadership under which the batch was decided.</summary>
    public required long Epoch { get; init; }

    /// <summary>The revision that the state has after this batch: what a later load must answer.</summary>
    public required ulong Revision { get; init; }

    public RowChanges<string, DesiredLRP> DesiredLrps { get; init; } = RowChanges<string, DesiredLRP>.None;

    public RowChanges<ActualLrpRowKey, ActualLRP> ActualLrps { get; init; } = RowChanges<ActualLrpRowKey, ActualLRP>.None;

    public RowChanges<string, OneOffTask> Tasks { get; init; } = RowChanges<string, OneOffTask>.None;

    public RowChanges<string, DomainRow> Domains { get; init; } = RowChanges<string, DomainRow>.None;

    public RowChanges<string, CellRow> Cells { get; init; } = RowChanges<string, CellRow>.None;

    public RowChanges<string, AbsentCell> AbsentCells { get; init; } = RowChanges<string, AbsentCell>.None;

    /// <summary>Of one row at most, whose key is <see cref="CellLossKey.Fleet"/>.</summary>
    public RowChanges<string, CellLoss> CellLoss { get; init; } = RowChanges<string, CellLoss>.None;

    public RowChanges<string, LockRow> Locks { get; init; } = RowChanges<string, LockRow>.None;
}

/// <summary>The changes to one kind of row.</summary>
/// <param name="Upserts">Rows as they are to be, whether or not they exist.</param>
/// <param name="Deletes">Keys of rows that are to be gone; one that is not there is no error.</param>
public sealed record RowChanges<TKey, TRow>(IReadOnlyList<TRow> Upserts, IReadOnlyList<TKey> Deletes)
{
    public static readonly RowChanges<TKey, TRow> None = new([], []);

    public bool IsEmpty => Upserts.Count == 0 && Deletes.Count == 0;
}

namespace Scheduler.Bbs.Storage;

/// <summary>
/// The rows by which one revision of the state differs from an earlier one, already coalesced: each row occurs at most once, either among
/// the upserts or among the deletes of its kind. Rows are shared with readers and must not be modified.
/// </summary>
public class StateChanges
{
    /// <summary>The revision of the state after these changes.</summary>
    public required ulong Revision { get; init; }

    public RowChanges<string, DesiredLRP> DesiredLrps { get; init; } = RowChanges<string, DesiredLRP>.None;

    public RowChanges<ActualLrpRowKey, ActualLRP> ActualLrps { get; init; } = RowChanges<ActualLrpRowKey, ActualLRP>.None;

    public RowChanges<string, OneOffTask> Tasks { get; init; } = RowChanges<string, OneOffTask>.None;

    public RowChanges<string, DomainRow> Domains { get; init; } = RowChanges<string, DomainRow>.None;

    public RowChanges<string, CellRow> Cells { get; init; } = RowChanges<string, CellRow>.None;

    public RowChanges<string, AbsentCell> AbsentCells { get; init; } = RowChanges<string, AbsentCell>.None;

    /// <summary>At most one row, with the key <see cref="CellLossKey.Fleet"/>.</summary>
    public RowChanges<string, CellLoss> CellLoss { get; init; } = RowChanges<string, CellLoss>.None;

    public RowChanges<string, LockRow> Locks { get; init; } = RowChanges<string, LockRow>.None;
}

/// <summary>The changes to one kind of row.</summary>
/// <param name="Upserts">Rows to insert or replace.</param>
/// <param name="Deletes">Keys of rows to delete; a missing row is not an error.</param>
public sealed record RowChanges<TKey, TRow>(IReadOnlyList<TRow> Upserts, IReadOnlyList<TKey> Deletes)
{
    public static readonly RowChanges<TKey, TRow> None = new([], []);

    public bool IsEmpty => Upserts.Count == 0 && Deletes.Count == 0;
}

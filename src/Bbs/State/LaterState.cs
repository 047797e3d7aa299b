using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>Brings a state that was loaded earlier up to a later revision of the store.</summary>
internal static class LaterState
{
    /// <returns>Null if a changed row cannot be served: to load everything sets it aside, and says so.</returns>
    public static BbsState? Of(BbsState state, StateChanges changes, StoredRows rows)
    {
        if (changes.Revision == state.Revision)
            return state;
        if (changes.ActualLrps.Upserts.Any(row => StoredRows.WhyUnusable(row) is not null))
            return null;
        if (changes.Tasks.Upserts.Any(row => StoredRows.WhyUnusable(row) is not null))
            return null;

        var later = new WorkingState(state, changes.Revision);
        Apply(changes.DesiredLrps, later.Put, later.DeleteDesiredLrp, rows.Complete);
        Apply(changes.Tasks, later.Put, later.DeleteTask);
        Apply(changes.Domains, later.Put, later.DeleteDomain);
        Apply(changes.Cells, later.Put, later.DeleteCell);
        Apply(changes.AbsentCells, later.Put, later.DeleteAbsentCell);
        Apply(changes.CellLoss, later.Put, _ => later.DeleteCellLoss());
        Apply(changes.Locks, later.Put, later.DeleteLock);
        Apply(
            changes.ActualLrps,
            later.Put,
            key =>
            {
                if (later.Row(key.ProcessGuid, key.Index, key.Presence) is { } row)
                    later.Delete(row);
            },
            row => rows.Complete(row, later.DesiredLrp(row.ProcessGuid())?.ProcessGuid ?? row.ProcessGuid())
        );
        return later.ToState();
    }

    private static void Apply<TKey, TRow>(
        RowChanges<TKey, TRow> changes,
        Action<TRow> put,
        Action<TKey> delete,
        Action<TRow>? complete = null
    )
    {
        foreach (var key in changes.Deletes)
            delete(key);
        foreach (var row in changes.Upserts)
        {
            complete?.Invoke(row);
            put(row);
        }
    }
}

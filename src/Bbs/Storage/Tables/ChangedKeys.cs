namespace Scheduler.Bbs.Storage.Tables;

/// <summary>The keys of the rows that commits changed. A store keeps them beside the rows, so that standbys read only those rows.</summary>
internal sealed class ChangedKeys
{
    /// <summary>
    /// Commits whose keys are kept. A standby reads every second, so this covers several seconds of the fastest commits.
    /// </summary>
    public const int KeptCommits = 4_096;

    /// <summary>
    /// Keys of a commit that need more bytes are not listed. The batches of the commit loop stay well below it, and the kept commits
    /// together below 2 GB.
    /// </summary>
    public const int MaxBytes = 512 * 1024;

    /// <summary>Keys that are read at once. To load everything is about as fast beyond it.</summary>
    private const int MaxKeys = 200_000;

    private int _count;

    public HashSet<string> DesiredLrps { get; } = new(StringComparer.Ordinal);

    public HashSet<ActualLrpRowKey> ActualLrps { get; } = [];

    public HashSet<string> Tasks { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Domains { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Cells { get; } = new(StringComparer.Ordinal);

    public HashSet<string> AbsentCells { get; } = new(StringComparer.Ordinal);

    public HashSet<string> CellLoss { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Locks { get; } = new(StringComparer.Ordinal);

    /// <summary>The keys of one commit, as they are stored.</summary>
    public static ChangedRows Of(StateChanges changes)
    {
        var rows = new ChangedRows
        {
            DesiredLrps = { KeysOf(AllTables.DesiredLrps, changes.DesiredLrps) },
            ActualLrps =
            {
                KeysOf(AllTables.ActualLrps, changes.ActualLrps)
                    .GroupBy(key => key.ProcessGuid)
                    .Select(process => new ChangedProcess
                    {
                        ProcessGuid = process.Key,
                        Slots = { process.Select(key => ((long)key.Index << 2) | (uint)key.Presence) },
                    }),
            },
            Tasks = { KeysOf(AllTables.Tasks, changes.Tasks) },
            Domains = { KeysOf(AllTables.Domains, changes.Domains) },
            Cells = { KeysOf(AllTables.Cells, changes.Cells) },
            AbsentCells = { KeysOf(AllTables.AbsentCells, changes.AbsentCells) },
            CellLoss = !changes.CellLoss.IsEmpty,
            Locks = { KeysOf(AllTables.Locks, changes.Locks) },
        };
        return rows.CalculateSize() <= MaxBytes ? rows : new ChangedRows { Unlisted = true };
    }

    /// <summary>Adds the keys of one commit.</summary>
    /// <returns>False if they were not listed, or if there are so many in all that everything had better be loaded.</returns>
    public bool TryAdd(ChangedRows rows)
    {
        DesiredLrps.UnionWith(rows.DesiredLrps);
        foreach (var process in rows.ActualLrps)
        {
            foreach (var slot in process.Slots)
                ActualLrps.Add(new ActualLrpRowKey(process.ProcessGuid, (int)(slot >> 2), (LrpPresence)(slot & 3)));
            _count += process.Slots.Count;
        }
        Tasks.UnionWith(rows.Tasks);
        Domains.UnionWith(rows.Domains);
        Cells.UnionWith(rows.Cells);
        AbsentCells.UnionWith(rows.AbsentCells);
        if (rows.CellLoss)
            CellLoss.Add(CellLossKey.Fleet);
        Locks.UnionWith(rows.Locks);
        _count += rows.DesiredLrps.Count + rows.Tasks.Count;
        return !rows.Unlisted && _count <= MaxKeys;
    }

    private static IEnumerable<TKey> KeysOf<TKey, TRow>(RowTable<TKey, TRow> table, RowChanges<TKey, TRow> changes) =>
        changes.Upserts.Select(table.KeyOf).Concat(changes.Deletes);
}

using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>The rows of the database as seen by an omniscient observer: the reference for everything that components report.</summary>
internal sealed class ClusterTruth
{
    private readonly Dictionary<string, DesiredLRP> _desired = new(StringComparer.Ordinal);
    private readonly Dictionary<ActualLrpRowKey, ActualLRP> _actual = [];
    private readonly Dictionary<string, ActualLRP> _byInstance = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OneOffTask> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CellRow> _cells = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AbsentCell> _absentCells = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, DesiredLRP> DesiredLrps => _desired;

    public IReadOnlyDictionary<ActualLrpRowKey, ActualLRP> ActualLrps => _actual;

    public IReadOnlyDictionary<string, OneOffTask> Tasks => _tasks;

    public IReadOnlyDictionary<string, CellRow> Cells => _cells;

    public IReadOnlyDictionary<string, AbsentCell> AbsentCells => _absentCells;

    public ulong Revision { get; private set; }

    public long Commits { get; private set; }

    /// <summary>Fingerprint of all rows that events cover.</summary>
    public ulong Print { get; private set; }

    /// <summary>The row that names this instance, under any presence.</summary>
    public ActualLRP? RowOf(string instanceGuid) => _byInstance.GetValueOrDefault(instanceGuid);

    /// <summary>Applies a commit and returns its changes.</summary>
    public Commit Apply(VirtualProcess by, CommitBatch batch)
    {
        var commit = new Commit(by, batch.Epoch, batch.Revision, Revision);
        foreach (var guid in batch.DesiredLrps.Deletes)
            Change(_desired, guid, null, commit.Desired);
        foreach (var row in batch.DesiredLrps.Upserts)
            Change(_desired, row.ProcessGuid, row, commit.Desired);
        foreach (var key in batch.ActualLrps.Deletes)
            Change(_actual, key, null, commit.Actual);
        foreach (var row in batch.ActualLrps.Upserts)
            Change(_actual, KeyOf(row), row, commit.Actual);
        foreach (var guid in batch.Tasks.Deletes)
            Change(_tasks, guid, null, commit.Tasks);
        foreach (var row in batch.Tasks.Upserts)
            Change(_tasks, row.TaskGuid, row, commit.Tasks);
        foreach (var id in batch.Cells.Deletes)
        {
            if (_cells.Remove(id))
                commit.GoneCells.Add(id);
        }

        foreach (var row in batch.Cells.Upserts)
        {
            if (!_cells.ContainsKey(row.CellId))
                commit.NewCells.Add(row.CellId);
            _cells[row.CellId] = row;
        }

        foreach (var id in batch.AbsentCells.Deletes)
            _absentCells.Remove(id);
        foreach (var row in batch.AbsentCells.Upserts)
            _absentCells[row.CellId] = row;
        foreach (var (before, _) in commit.Actual)
        {
            if (InstanceOf(before) is { Length: > 0 } gone)
                _byInstance.Remove(gone);
        }

        foreach (var (_, after) in commit.Actual)
        {
            if (InstanceOf(after) is { Length: > 0 } here)
                _byInstance[here] = after!;
        }

        foreach (var (before, after) in commit.Desired)
            Print ^= (before is null ? 0 : RowPrint.Of(before)) ^ (after is null ? 0 : RowPrint.Of(after));
        foreach (var (before, after) in commit.Actual)
            Print ^= (before is null ? 0 : RowPrint.Of(before)) ^ (after is null ? 0 : RowPrint.Of(after));
        foreach (var (before, after) in commit.Tasks)
            Print ^= (before is null ? 0 : RowPrint.Of(before)) ^ (after is null ? 0 : RowPrint.Of(after));
        Revision = batch.Revision;
        Commits++;
        return commit;
    }

    public static ActualLrpRowKey KeyOf(ActualLRP row) =>
        new(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index, (LrpPresence)row.Presence);

    public static string InstanceOf(ActualLRP? row) => row?.ActualLrpInstanceKey?.InstanceGuid ?? "";

    // A row that came and went within one commit was never there.
    private static void Change<TKey, TRow>(Dictionary<TKey, TRow> table, TKey key, TRow? after, List<RowChange<TRow>> changes)
        where TKey : notnull
        where TRow : class
    {
        var before = table.GetValueOrDefault(key);
        if (after is null)
            table.Remove(key);
        else
            table[key] = after;
        if (before is not null || after is not null)
            changes.Add(new RowChange<TRow>(before, after));
    }
}

/// <summary>One commit, as rows before and after it.</summary>
internal sealed record Commit(VirtualProcess By, long Epoch, ulong Revision, ulong PreviousRevision)
{
    public List<RowChange<DesiredLRP>> Desired { get; } = [];

    public List<RowChange<ActualLRP>> Actual { get; } = [];

    public List<RowChange<OneOffTask>> Tasks { get; } = [];

    /// <summary>Cells whose presence began.</summary>
    public List<string> NewCells { get; } = [];

    /// <summary>Cells whose presence ended.</summary>
    public List<string> GoneCells { get; } = [];
}

/// <summary>A row before and after a commit; at least one of them is there.</summary>
internal readonly record struct RowChange<TRow>(TRow? Before, TRow? After)
    where TRow : class;

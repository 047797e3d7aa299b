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
            commit.Desired.Add(Change(_desired, guid, null));
        foreach (var row in batch.DesiredLrps.Upserts)
            commit.Desired.Add(Change(_desired, row.ProcessGuid, row));
        foreach (var key in batch.ActualLrps.Deletes)
            commit.Actual.Add(Change(_actual, key, null));
        foreach (var row in batch.ActualLrps.Upserts)
            commit.Actual.Add(Change(_actual, KeyOf(row), row));
        foreach (var guid in batch.Tasks.Deletes)
            commit.Tasks.Add(Change(_tasks, guid, null));
        foreach (var row in batch.Tasks.Upserts)
            commit.Tasks.Add(Change(_tasks, row.TaskGuid, row));
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
            Change(_absentCells, id, null);
        foreach (var row in batch.AbsentCells.Upserts)
            Change(_absentCells, row.CellId, row);
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

    private static RowChange<TRow> Change<TKey, TRow>(Dictionary<TKey, TRow> table, TKey key, TRow? after)
        where TKey : notnull
        where TRow : class
    {
        var before = table.GetValueOrDefault(key);
        if (after is null)
            table.Remove(key);
        else
            table[key] = after;
        return new RowChange<TRow>(before, after);
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

internal readonly record struct RowChange<TRow>(TRow? Before, TRow? After)
    where TRow : class;

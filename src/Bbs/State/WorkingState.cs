using System.Collections.Immutable;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>
/// The state while a batch is decided: each command sees the effects of the commands before it. It becomes the next published state if the
/// commit succeeds and is dropped if it fails; the published state never changes under its readers.
/// </summary>
/// <param name="before">The state that it starts from.</param>
/// <param name="revision">The revision that it leads to; null: the next one.</param>
internal sealed class WorkingState(BbsState before, ulong? revision = null)
{
    private readonly WorkingTable<DesiredLRP> _desired = new(before.DesiredLrps);
    private readonly WorkingTable<OneOffTask> _tasks = new(before.Tasks);
    private readonly WorkingTable<DomainRow> _domains = new(before.Domains);
    private readonly WorkingTable<CellRow> _cells = new(before.Cells);
    private readonly WorkingTable<AbsentCell> _absentCells = new(before.AbsentCells);
    private readonly WorkingTable<CellLoss> _cellLosses = new(before.CellLosses);
    private readonly List<string> _leftCells = [];
    private readonly WorkingTable<LockRow> _locks = new(before.Locks);
    private readonly Dictionary<ActualLrpRowKey, ActualLRP?> _actualChanges = [];
    private readonly ImmutableSortedDictionary<string, ProcessRows>.Builder _processes = before.Processes.ToBuilder();
    private readonly ImmutableSortedDictionary<string, ImmutableSortedSet<ActualLrpRowKey>>.Builder _rowsByCell =
        before.RowsByCell.ToBuilder();
    private readonly ImmutableSortedDictionary<string, ImmutableSortedSet<string>>.Builder _tasksByCell = before.TasksByCell.ToBuilder();
    private readonly ImmutableSortedDictionary<string, int>.Builder _domainUses = before.DomainUses.ToBuilder();
    private StateCounts _counts = before.Counts;

    /// <summary>The revision that the commit of this batch will have.</summary>
    public ulong Revision { get; } = revision ?? before.Revision + 1;

    public int ChangeCount =>
        _actualChanges.Count
        + _desired.ChangeCount
        + _tasks.ChangeCount
        + _domains.ChangeCount
        + _cells.ChangeCount
        + _absentCells.ChangeCount
        + _cellLosses.ChangeCount
        + _locks.ChangeCount;

    public DesiredLRP? DesiredLrp(string processGuid) => _desired.Find(processGuid);

    public ProcessRows RowsOf(string processGuid) => _processes.TryGetValue(processGuid, out var process) ? process : ProcessRows.None;

    public ActualLRP? Row(string processGuid, int index, LrpPresence presence = LrpPresence.Ordinary) =>
        RowsOf(processGuid).Find(index, presence);

    public OneOffTask? OneOffTask(string taskGuid) => _tasks.Find(taskGuid);

    public DomainRow? Domain(string domain) => _domains.Find(domain);

    public CellRow? Cell(string cellId) => _cells.Find(cellId);

    public AbsentCell? AbsentCell(string cellId) => _absentCells.Find(cellId);

    public CellLoss? CellLoss => _cellLosses.Find(CellLossKey.Fleet);

    /// <summary>Cells named by instances or tasks, in no particular order and possibly repeated.</summary>
    public IEnumerable<string> NamedCells => _rowsByCell.Keys.Concat(_tasksByCell.Keys);

    /// <summary>
    /// Whether an instance or a running task is on the cell. A task that has ended still names its cell but does not count.
    /// </summary>
    public bool Owns(string cellId) =>
        _rowsByCell.ContainsKey(cellId)
        || (
            _tasksByCell.TryGetValue(cellId, out var guids)
            && guids.Any(guid => _tasks.Find(guid)?.State == Scheduler.Contracts.V1.Task.Types.State.Running)
        );

    public LockRow? Lock(string key) => _locks.Find(key);

    public IEnumerable<DomainRow> Domains => _domains.All;

    public void Put(DesiredLRP row)
    {
        Forget(_desired.Find(row.ProcessGuid));
        _desired.Put(row.ProcessGuid, row);
        _counts.DesiredInstances += row.Instances;
        UseDomain(row.Domain, 1);
    }

    public void DeleteDesiredLrp(string processGuid)
    {
        Forget(_desired.Find(processGuid));
        _desired.Delete(processGuid);
    }

    public void Put(ActualLRP row)
    {
        var processGuid = row.ProcessGuid();
        var process = RowsOf(processGuid);
        var old = process.Find(row.Index(), row.PresenceKind());
        SetProcess(processGuid, process, process.With(row));
        _actualChanges[row.RowKey()] = row;
        Count(old, row);
        if (old?.CellId() == row.CellId())
            return;
        if (old is not null)
            Unindex(old);
        if (row.CellId().Length > 0)
            Index(row);
    }

    public void Delete(ActualLRP row)
    {
        var processGuid = row.ProcessGuid();
        var process = RowsOf(processGuid);
        SetProcess(processGuid, process, process.Without(row.Index(), row.PresenceKind()));
        _actualChanges[row.RowKey()] = null;
        Count(row, null);
        Unindex(row);
    }

    public void Put(OneOffTask row)
    {
        Forget(_tasks.Find(row.TaskGuid));
        _tasks.Put(row.TaskGuid, row);
        _counts.Add(row, 1);
        UseDomain(row.Domain, 1);
        if (row.CellId.Length > 0)
            _tasksByCell[row.CellId] = (_tasksByCell.GetValueOrDefault(row.CellId) ?? EmptyGuids).Add(row.TaskGuid);
    }

    public void DeleteTask(string taskGuid)
    {
        Forget(_tasks.Find(taskGuid));
        _tasks.Delete(taskGuid);
    }

    public void Put(DomainRow row) => _domains.Put(row.Domain, row);

    public void DeleteDomain(string domain) => _domains.Delete(domain);

    public void Put(CellRow row) => _cells.Put(row.CellId, row);

    public void DeleteCell(string cellId) => _cells.Delete(cellId);

    public void Put(AbsentCell row) => _absentCells.Put(row.CellId, row);

    public void DeleteAbsentCell(string cellId) => _absentCells.Delete(cellId);

    public void Put(CellLoss row) => _cellLosses.Put(CellLossKey.Fleet, row);

    public void DeleteCellLoss() => _cellLosses.Delete(CellLossKey.Fleet);

    /// <summary>Takes the absent cells that have lost work since the last call: they may own nothing any more.</summary>
    public IReadOnlyList<string> TakeLeftCells()
    {
        if (_leftCells.Count == 0)
            return [];
        var left = _leftCells.ToArray();
        _leftCells.Clear();
        return left;
    }

    public void Put(LockRow row) => _locks.Put(row.Key, row);

    public void DeleteLock(string key) => _locks.Delete(key);

    public BbsState ToState() =>
        new()
        {
            Revision = Revision,
            DesiredLrps = _desired.ToImmutable(),
            Processes = _processes.ToImmutable(),
            RowsByCell = _rowsByCell.ToImmutable(),
            Tasks = _tasks.ToImmutable(),
            TasksByCell = _tasksByCell.ToImmutable(),
            Domains = _domains.ToImmutable(),
            Cells = _cells.ToImmutable(),
            AbsentCells = _absentCells.ToImmutable(),
            CellLosses = _cellLosses.ToImmutable(),
            Locks = _locks.ToImmutable(),
            DomainUses = _domainUses.ToImmutable(),
            Counts = _counts,
        };

    public CommitBatch ToBatch(long epoch) =>
        new()
        {
            Epoch = epoch,
            Revision = Revision,
            DesiredLrps = _desired.Changes(),
            ActualLrps = Coalesced.From(_actualChanges),
            Tasks = _tasks.Changes(),
            Domains = _domains.Changes(),
            Cells = _cells.Changes(),
            AbsentCells = _absentCells.Changes(),
            CellLoss = _cellLosses.Changes(),
            Locks = _locks.Changes(),
        };

    private static readonly ImmutableSortedSet<string> EmptyGuids = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    private static readonly ImmutableSortedSet<ActualLrpRowKey> EmptyRows = ImmutableSortedSet.Create<ActualLrpRowKey>(
        ActualLrpRowOrder.Instance
    );

    private void SetProcess(string processGuid, ProcessRows old, ProcessRows process)
    {
        if (process.Count == 0)
            _processes.Remove(processGuid);
        else
            _processes[processGuid] = process;
        _counts.CrashingProcesses += (process.Crashed > 0 ? 1 : 0) - (old.Crashed > 0 ? 1 : 0);
    }

    private void Count(ActualLRP? old, ActualLRP? row)
    {
        if (old is not null)
        {
            _counts.Add(old, -1);
            UseDomain(old.ActualLrpKey.Domain, -1);
        }
        if (row is not null)
        {
            _counts.Add(row, 1);
            UseDomain(row.ActualLrpKey.Domain, 1);
        }
    }

    private void Forget(DesiredLRP? old)
    {
        if (old is null)
            return;
        _counts.DesiredInstances -= old.Instances;
        UseDomain(old.Domain, -1);
    }

    private void Forget(OneOffTask? old)
    {
        if (old is null)
            return;
        _counts.Add(old, -1);
        UseDomain(old.Domain, -1);
        NoteLeft(old.CellId);
        if (old.CellId.Length == 0 || !_tasksByCell.TryGetValue(old.CellId, out var guids))
            return;
        guids = guids.Remove(old.TaskGuid);
        if (guids.IsEmpty)
            _tasksByCell.Remove(old.CellId);
        else
            _tasksByCell[old.CellId] = guids;
    }

    private void Index(ActualLRP row) =>
        _rowsByCell[row.CellId()] = (_rowsByCell.GetValueOrDefault(row.CellId()) ?? EmptyRows).Add(row.RowKey());

    private void Unindex(ActualLRP row)
    {
        if (row.CellId().Length == 0 || !_rowsByCell.TryGetValue(row.CellId(), out var rows))
            return;
        NoteLeft(row.CellId());
        rows = rows.Remove(row.RowKey());
        if (rows.IsEmpty)
            _rowsByCell.Remove(row.CellId());
        else
            _rowsByCell[row.CellId()] = rows;
    }

    private void NoteLeft(string cellId)
    {
        if (cellId.Length > 0 && !_absentCells.IsEmpty)
            _leftCells.Add(cellId);
    }

    private void UseDomain(string domain, int change)
    {
        var uses = _domainUses.GetValueOrDefault(domain) + change;
        if (uses == 0)
            _domainUses.Remove(domain);
        else
            _domainUses[domain] = uses;
    }
}

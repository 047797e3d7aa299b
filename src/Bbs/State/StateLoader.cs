using System.Collections.Immutable;
using Scheduler.Bbs.Actual;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>
/// Builds the state from the store's rows. They come in key order, so a process is put together once and the large
/// trees are made from sorted input instead of by a million inserts.
/// </summary>
internal sealed class StateLoader : IStateReader
{
    private readonly List<KeyValuePair<string, DesiredLRP>> _desired = [];
    private readonly List<KeyValuePair<string, ProcessRows>> _processes = [];
    private readonly List<ActualLRP> _process = [];
    private readonly Dictionary<string, List<ActualLrpRowKey>> _rowsByCell = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _tasksByCell = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OneOffTask> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DomainRow> _domains = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CellRow> _cells = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AbsentCell> _absentCells = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CellLoss> _cellLosses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LockRow> _locks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _domainUses = new(StringComparer.Ordinal);
    // A million rows name a few hundred cells and domains: one string each.
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);
    private StateCounts _counts;

    public void DesiredLrp(DesiredLRP row)
    {
        row.Domain = Share(row.Domain);
        _desired.Add(new(row.ProcessGuid, row));
        _counts.DesiredInstances += row.Instances;
        Use(row.Domain);
    }

    public void ActualLrp(ActualLRP row)
    {
        if (_process.Count > 0 && _process[0].ProcessGuid() != row.ActualLrpKey.ProcessGuid) EndProcess();
        Complete(row);
        _process.Add(row);
        _counts.Add(row, 1);
        Use(row.ActualLrpKey.Domain);
        if (row.CellId().Length > 0) Append(_rowsByCell, row.CellId(), row.RowKey());
    }

    public void Task(OneOffTask row)
    {
        _tasks.Add(row.TaskGuid, row);
        _counts.Add(row, 1);
        Use(row.Domain);
        if (row.CellId.Length > 0) Append(_tasksByCell, row.CellId, row.TaskGuid);
    }

    public void Domain(DomainRow row) => _domains.Add(row.Domain, row);

    public void Cell(CellRow row) => _cells.Add(row.CellId, row);

    public void AbsentCell(AbsentCell row) => _absentCells.Add(row.CellId, row);

    public void CellLoss(CellLoss row) => _cellLosses.Add(CellLossKey.Fleet, row);

    public void Lock(LockRow row) => _locks.Add(row.Key, row);

    public BbsState ToState(ulong revision)
    {
        if (_process.Count > 0) EndProcess();
        return new BbsState
        {
            Revision = revision,
            DesiredLrps = Table(_desired),
            Processes = Table(_processes),
            RowsByCell = Table(_rowsByCell.Select(cell =>
                KeyValuePair.Create(cell.Key, ImmutableSortedSet.CreateRange(ActualLrpRowOrder.Instance, cell.Value)))),
            Tasks = Table(_tasks),
            TasksByCell = Table(_tasksByCell.Select(cell =>
                KeyValuePair.Create(cell.Key, ImmutableSortedSet.CreateRange(StringComparer.Ordinal, cell.Value)))),
            Domains = Table(_domains),
            Cells = Table(_cells),
            AbsentCells = Table(_absentCells),
            CellLosses = Table(_cellLosses),
            Locks = Table(_locks),
            DomainUses = Table(_domainUses),
            Counts = _counts,
        };
    }

    private void EndProcess()
    {
        var rows = ProcessRows.From(_process);
        _processes.Add(new(_process[0].ProcessGuid(), rows));
        if (rows.Crashed > 0) _counts.CrashingProcesses++;
        _process.Clear();
    }

    // Stored forms may leave out what is empty; rows in memory always have their parts.
    private void Complete(ActualLRP row)
    {
        row.ActualLrpInstanceKey ??= ActualLrpRows.NoInstance;
        row.ActualLrpNetInfo ??= ActualLrpRows.NoNetInfo;
        row.State = ActualLrpStateNames.Parse(row.State).ToWire();
        row.ActualLrpKey.Domain = Share(row.ActualLrpKey.Domain);
        row.ActualLrpKey.ProcessGuid = _process.Count > 0 ? _process[0].ProcessGuid() : row.ActualLrpKey.ProcessGuid;
        row.AvailabilityZone = Share(row.AvailabilityZone);
        if (row.CellId().Length > 0) row.ActualLrpInstanceKey.CellId = Share(row.CellId());
    }

    private string Share(string text)
    {
        if (_shared.TryGetValue(text, out var shared)) return shared;
        _shared.Add(text, text);
        return text;
    }

    private void Use(string domain) => _domainUses[domain] = _domainUses.GetValueOrDefault(domain) + 1;

    private static void Append<T>(Dictionary<string, List<T>> lists, string key, T item)
    {
        if (!lists.TryGetValue(key, out var list)) lists.Add(key, list = []);
        list.Add(item);
    }

    private static ImmutableSortedDictionary<string, T> Table<T>(IEnumerable<KeyValuePair<string, T>> rows) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, rows);
}

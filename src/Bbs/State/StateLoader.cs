using System.Collections.Immutable;
using Scheduler.Bbs.Storage;

namespace Scheduler.Bbs.State;

/// <summary>
/// Builds the state from the store's rows. Rows arrive in key order, so each process is assembled once, and the large trees are built
/// from sorted input instead of by a million inserts.
/// </summary>
/// <remarks>
/// A row that contradicts itself or another row is set aside: it is reported, it stays in the store for inspection, and everything else is
/// served. A BBS that refused to lead because of it would take down the whole cluster. The gap heals: an instance is created again or
/// reported by its cell. While a desired LRP is missing, its domain does not count as fresh, so that nothing is stopped until the client
/// has synced its desired set.
/// </remarks>
internal sealed class StateLoader : IStateReader
{
    private readonly Dictionary<string, DesiredLRP> _desired = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ProcessRows> _processes = new(StringComparer.Ordinal);
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

    private readonly StoredRows _rows = new();
    private readonly List<RowSetAside> _setAside = [];

    // Domains in which a desired LRP is missing; an empty name stands for all domains.
    private readonly HashSet<string> _incomplete = new(StringComparer.Ordinal);
    private StateCounts _counts;

    /// <summary>Rows left out of the state.</summary>
    public IReadOnlyList<RowSetAside> SetAside => _setAside;

    public void DesiredLrp(DesiredLRP row)
    {
        _rows.Complete(row);
        if (row.ProcessGuid.Length == 0 || !_desired.TryAdd(row.ProcessGuid, row))
        {
            _incomplete.Add(row.Domain);
            Leave(
                $"desired LRP {Or(row.ProcessGuid)} of domain {Or(row.Domain)}",
                row.ProcessGuid.Length == 0 ? "it has no process guid" : "another row has the same process guid"
            );
            return;
        }
        _counts.DesiredInstances += row.Instances;
        Use(row.Domain);
    }

    public void ActualLrp(ActualLRP row)
    {
        if (StoredRows.WhyUnusable(row) is { } why)
        {
            Leave(Name(row), why);
            return;
        }
        if (_process.Count > 0 && _process[0].ProcessGuid() != row.ActualLrpKey.ProcessGuid)
            EndProcess();
        _rows.Complete(row, _process.Count > 0 ? _process[0].ProcessGuid() : row.ActualLrpKey.ProcessGuid);
        // Rows arrive in key order. A row that does not follow the one before was stored under a wrong key.
        if (
            _process.Count > 0
            && ActualLrpRowOrder.Instance.Compare(row.RowKey(), _process[^1].RowKey()) <= 0
            && _process.FindIndex(other => other.RowKey() == row.RowKey()) is var at and >= 0
        )
        {
            _process[at] = Later(_process[at], row);
            return;
        }
        _process.Add(row);
    }

    public void Task(OneOffTask row)
    {
        if (StoredRows.WhyUnusable(row) is { } why)
        {
            Leave($"task {Or(row.TaskGuid)}", why);
            return;
        }
        if (row.TaskGuid.Length == 0 || !_tasks.TryAdd(row.TaskGuid, row))
        {
            Leave($"task {Or(row.TaskGuid)}", row.TaskGuid.Length == 0 ? "it has no guid" : "another row has the same guid");
            return;
        }
        _counts.Add(row, 1);
        Use(row.Domain);
        if (row.CellId.Length > 0)
            Append(_tasksByCell, row.CellId, row.TaskGuid);
    }

    public void Domain(DomainRow row) => _domains.Add(row.Domain, row);

    public void Cell(CellRow row)
    {
        if (row.CellId.Length == 0 || !_cells.TryAdd(row.CellId, row))
            Leave($"presence of cell {Or(row.CellId)}", row.CellId.Length == 0 ? "it has no cell id" : "another row has the same cell id");
    }

    public void AbsentCell(AbsentCell row) => _absentCells.Add(row.CellId, row);

    public void CellLoss(CellLoss row) => _cellLosses.Add(CellLossKey.Fleet, row);

    public void Lock(LockRow row) => _locks.Add(row.Key, row);

    public BbsState ToState(ulong revision)
    {
        if (_process.Count > 0)
            EndProcess();
        foreach (var domain in _domains.Keys)
        {
            if (_incomplete.Contains(domain) || _incomplete.Contains(""))
                _domains.Remove(domain);
        }
        return new BbsState
        {
            Revision = revision,
            DesiredLrps = Table(_desired),
            Processes = Table(_processes),
            RowsByCell = Table(
                _rowsByCell
                    .Where(cell => cell.Value.Count > 0)
                    .Select(cell => KeyValuePair.Create(cell.Key, ImmutableSortedSet.CreateRange(ActualLrpRowOrder.Instance, cell.Value)))
            ),
            Tasks = Table(_tasks),
            TasksByCell = Table(
                _tasksByCell.Select(cell =>
                    KeyValuePair.Create(cell.Key, ImmutableSortedSet.CreateRange(StringComparer.Ordinal, cell.Value))
                )
            ),
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
        var guid = _process[0].ProcessGuid();
        // Rows of a process that already appeared earlier, apart from these: they were stored under wrong keys.
        if (_processes.Remove(guid, out var before))
        {
            foreach (var row in before.All)
            {
                Count(row, -1);
                var at = _process.FindIndex(other => other.RowKey() == row.RowKey());
                if (at < 0)
                    _process.Add(row);
                else
                    _process[at] = Later(row, _process[at]);
            }
            if (before.Crashed > 0)
                _counts.CrashingProcesses--;
        }
        foreach (var row in _process)
            Count(row, 1);
        var rows = ProcessRows.From(_process);
        _processes.Add(guid, rows);
        if (rows.Crashed > 0)
            _counts.CrashingProcesses++;
        _process.Clear();
    }

    private void Count(ActualLRP row, int sign)
    {
        _counts.Add(row, sign);
        var uses = _domainUses.GetValueOrDefault(row.ActualLrpKey.Domain) + sign;
        if (uses == 0)
            _domainUses.Remove(row.ActualLrpKey.Domain);
        else
            _domainUses[row.ActualLrpKey.Domain] = uses;
        if (row.CellId().Length == 0)
            return;
        if (sign > 0)
            Append(_rowsByCell, row.CellId(), row.RowKey());
        else
            _rowsByCell[row.CellId()].Remove(row.RowKey());
    }

    // Two rows compete for one place. If both instances run, the cell of the one set aside stops it because its reports are refused.
    private ActualLRP Later(ActualLRP one, ActualLRP other)
    {
        var (later, earlier) = one.Since > other.Since ? (one, other) : (other, one);
        Leave(Name(earlier), $"a newer row occupies the same slot: {Name(later)}");
        return later;
    }

    private static string Name(ActualLRP row) =>
        $"actual LRP {Or(row.ActualLrpKey?.ProcessGuid)}.{row.ActualLrpKey?.Index} {row.Presence.ToString().ToUpperInvariant()}"
        + $" (instance {Or(row.ActualLrpInstanceKey?.InstanceGuid)} on cell {Or(row.ActualLrpInstanceKey?.CellId)}, epoch {Or(row.ModificationTag?.Epoch)})";

    private static string Or(string? text) => string.IsNullOrEmpty(text) ? "?" : text;

    private void Leave(string row, string why) => _setAside.Add(new RowSetAside(row, why));

    private void Use(string domain) => _domainUses[domain] = _domainUses.GetValueOrDefault(domain) + 1;

    private static void Append<T>(Dictionary<string, List<T>> lists, string key, T item)
    {
        if (!lists.TryGetValue(key, out var list))
            lists.Add(key, list = []);
        list.Add(item);
    }

    private static ImmutableSortedDictionary<string, T> Table<T>(IEnumerable<KeyValuePair<string, T>> rows) =>
        ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, rows);
}

/// <summary>A stored row that contradicts itself or another row.</summary>
internal readonly record struct RowSetAside(string Row, string Why);

using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Model;

/// <summary>
/// Cluster state built from the event stream, with the slots and tasks that changed since the rules last decided on them. It belongs to one
/// loop; it never waits and makes no decisions.
/// </summary>
internal sealed class ClusterModel(CellLossPolicy lossPolicy)
{
    private readonly Dictionary<string, ProcessView> _processes = [];
    private readonly Dictionary<string, TaskView> _tasks = [];
    private readonly Dictionary<string, DateTimeOffset> _domains = [];
    private readonly Dictionary<CellId, CellWork> _work = [];
    private readonly DomainWaits _waits = new();

    // Slots with unreadable rows, and which rows those are.
    private readonly Dictionary<LrpKey, SlotRows> _unreadable = [];

    /// <summary>
    /// The sent commands. They are notified of changes that a row's version does not show, because these mean that a command took effect or
    /// was refused.
    /// </summary>
    public required SentCommands Sent { get; init; }

    public CellWatch Cells { get; } = new(lossPolicy);

    public AbsenceBoard AbsentCells { get; } = new();

    /// <summary>Slots whose decision may have changed.</summary>
    public DirtySet<LrpKey> DirtySlots { get; } = new();

    /// <summary>Tasks whose decision may have changed.</summary>
    public DirtySet<string> DirtyTasks { get; } = new();

    public int TaskCount => _tasks.Count;

    /// <summary>Whether a snapshot is being received. During a snapshot nothing arrives twice; afterwards it may.</summary>
    public bool InSnapshot { get; private set; }

    /// <summary>Every process that is desired or has rows.</summary>
    public Dictionary<string, ProcessView>.ValueCollection Processes => _processes.Values;

    public Dictionary<string, TaskView>.ValueCollection Tasks => _tasks.Values;

    public ConvergenceContext Around(DateTimeOffset now, ConvergenceTimings timings) => new(now, Cells.Standings, _domains, timings);

    public SlotView Slot(LrpKey key) =>
        _processes.TryGetValue(key.ProcessGuid, out var process) ? process.Slot(key.Index) : new SlotView(key, null, null, null, null);

    public TaskView? Task(string taskGuid) => _tasks.GetValueOrDefault(taskGuid);

    public DesiredView? Desired(string processGuid) => _processes.GetValueOrDefault(processGuid)?.Desired;

    /// <summary>
    /// Returns an equal key that uses the model's own string, so that a million rows do not each keep a copy of their process guid.
    /// </summary>
    public LrpKey Shared(LrpKey key) =>
        _processes.TryGetValue(key.ProcessGuid, out var process) ? key with { ProcessGuid = process.ProcessGuid } : key;

    /// <summary>Like <see cref="Shared(LrpKey)"/>, for cell ids.</summary>
    public CellId Shared(CellId cell) => _work.TryGetValue(cell, out var work) ? work.Cell : cell;

    /// <summary>Like <see cref="Shared(LrpKey)"/>, for the domain of a process's rows.</summary>
    public string SharedDomain(LrpKey key, string domain) =>
        Desired(key.ProcessGuid) is { } desired && desired.Domain == domain ? desired.Domain : domain;

    /// <summary>Whether a row of the slot is unreadable. Then nothing can be concluded about the slot.</summary>
    public bool IsUnreadable(LrpKey key) => _unreadable.Count > 0 && _unreadable.ContainsKey(key);

    /// <summary>Marks this row of the slot as unreadable until it arrives in readable form or is removed.</summary>
    public void Unreadable(LrpKey key, LrpPresence presence) =>
        _unreadable[key] = _unreadable.GetValueOrDefault(key) | SlotRowsOf.Presence(presence);

    /// <summary>Clears all state before a new snapshot.</summary>
    public void Reset(DateTimeOffset now)
    {
        _processes.Clear();
        _tasks.Clear();
        _domains.Clear();
        _work.Clear();
        _waits.Clear();
        _unreadable.Clear();
        InSnapshot = true;
        DirtySlots.Clear();
        DirtyTasks.Clear();
        Cells.Reset(now);
        AbsentCells.Clear();
    }

    /// <summary>The snapshot is complete: everything in it is new.</summary>
    public void SnapshotComplete()
    {
        InSnapshot = false;
        foreach (var cell in _work.Keys)
        {
            if (AbsentCells.IsToldLost(cell))
                Cells.WasLost(cell);
        }
        MarkEverything();
    }

    /// <summary>Marks everything dirty.</summary>
    public void MarkEverything()
    {
        foreach (var process in _processes.Values)
            MarkAll(process);
        foreach (var guid in _tasks.Keys)
            DirtyTasks.Add(guid);
    }

    public void Desire(DesiredView desired)
    {
        var process = Process(desired.ProcessGuid);
        var before = process.Desired;
        if (desired.Equals(before))
            return;
        process.Desired = desired;
        if (before?.Instances is { } was && desired.Instances is { } now && before with { Instances = now } == desired)
            MarkBetween(process, was, now);
        else
            MarkAll(process);
    }

    public void Undesire(string processGuid)
    {
        if (!_processes.TryGetValue(processGuid, out var process))
            return;
        MarkAll(process);
        process.Desired = null;
        DropIfEmpty(processGuid, process);
    }

    public void Put(ActualView row, DateTimeOffset now)
    {
        Readable(row.Key, row.Presence);
        Set(row.Key, row.Presence, row, now);
    }

    /// <summary>
    /// Removes this version of the row. Events of one commit are ordered for routers, so a row that replaced it, or a later version of it,
    /// may have arrived already; that one stays.
    /// </summary>
    public void Remove(LrpKey key, LrpPresence presence, ModificationTag tag, DateTimeOffset now)
    {
        Readable(key, presence);
        if (Slot(key).Row(presence) is { Tag: var there } && there.Epoch == tag.Epoch && there.Index <= tag.Index)
            Set(key, presence, null, now);
    }

    public void Put(TaskView task, DateTimeOffset now)
    {
        var before = _tasks.GetValueOrDefault(task.TaskGuid);
        _tasks[task.TaskGuid] = task;
        Renumber(before, task, now);
        DirtyTasks.Add(task.TaskGuid);
    }

    public void RemoveTask(string taskGuid, DateTimeOffset now)
    {
        if (!_tasks.Remove(taskGuid, out var before))
            return;
        Renumber(before, null, now);
        DirtyTasks.Add(taskGuid);
    }

    /// <summary>
    /// Sets until when the domain is fresh. Extending the freshness of a domain that is already fresh changes no decision.
    /// </summary>
    public void DomainFresh(string domain, DateTimeOffset expires, DateTimeOffset now)
    {
        var was = _domains.GetValueOrDefault(domain, DateTimeOffset.MinValue);
        _domains[domain] = expires;
        if (was <= now || expires < was)
            MarkWaitingFor(domain);
    }

    public void DomainExpired(string domain)
    {
        if (_domains.Remove(domain))
            MarkWaitingFor(domain);
    }

    /// <summary>Records the domain whose freshness the slot's decision depends on; null for none.</summary>
    public void WaitForDomain(LrpKey key, string? domain) => _waits.Set(key, domain);

    public void CellAppeared(CellId cell)
    {
        if (Cells.Appeared(cell))
            Reconsider(cell);
    }

    public void CellDisappeared(CellId cell, bool withdrawn, DateTimeOffset now)
    {
        Cells.Disappeared(cell, withdrawn, now);
        MarkOn(cell);
        if (withdrawn && !HasWork(cell))
            Cells.Forget(cell);
    }

    /// <summary>Stores the BBS's record of the absent cell.</summary>
    public void CellAbsent(CellId cell, CellLossDecision decision, bool lost, DateTimeOffset now)
    {
        AbsentCells.Put(cell, decision, lost);
        if (!lost && decision.KeepsAt(now) && Cells.Restore(cell, now))
            Reconsider(cell);
    }

    /// <summary>Whether an instance or a running task is on the cell.</summary>
    public bool HasWork(CellId cell) => _work.ContainsKey(cell);

    /// <summary>Marks the work of a cell that was given up.</summary>
    public void CellLost(CellId cell)
    {
        MarkOn(cell);
        if (!HasWork(cell))
            Cells.Forget(cell);
    }

    private void MarkWaitingFor(string domain)
    {
        if (_waits.On(domain) is { } slots)
            DirtySlots.UnionWith(slots);
    }

    private void Readable(LrpKey key, LrpPresence presence)
    {
        if (_unreadable.Count == 0 || !_unreadable.TryGetValue(key, out var rows))
            return;
        DirtySlots.Add(key);
        if ((rows &= ~SlotRowsOf.Presence(presence)) == SlotRows.None)
            _unreadable.Remove(key);
        else
            _unreadable[key] = rows;
    }

    // Marks everything on the cell dirty.
    private void MarkOn(CellId cell)
    {
        if (!_work.TryGetValue(cell, out var work))
            return;
        DirtySlots.UnionWith(work.Slots);
        DirtyTasks.UnionWith(work.Tasks);
    }

    // The cell no longer counts as lost. Commands in flight were sent for the loss that has ended, not for the next one.
    private void Reconsider(CellId cell)
    {
        MarkOn(cell);
        if (_work.TryGetValue(cell, out var work))
            Sent.CellBack(work.Slots, work.Tasks);
    }

    private void Set(LrpKey key, LrpPresence presence, ActualView? row, DateTimeOffset now)
    {
        var process = Process(key.ProcessGuid);
        var before = process.Set(key.Index, presence, row);
        DirtySlots.Add(key);
        if (before is null != row is null)
            Sent.RowChanged(key, presence, isThere: row is not null);
        if (
            CellOf(before) is { } left
            && left != CellOf(row)
            && !IsOn(process.Slot(key.Index), left)
            && _work.TryGetValue(left, out var work)
        )
        {
            work.Slots.Remove(key);
            DropIfDone(work);
        }
        if (CellOf(row) is { } entered)
            Work(entered, now).Slots.Add(key);
        DropIfEmpty(key.ProcessGuid, process);
    }

    private void Renumber(TaskView? before, TaskView? after, DateTimeOffset now)
    {
        if (CellOf(before) is { } left && left != CellOf(after) && _work.TryGetValue(left, out var work))
        {
            work.Tasks.Remove(before!.TaskGuid);
            DropIfDone(work);
        }
        if (CellOf(after) is { } entered)
            Work(entered, now).Tasks.Add(after!.TaskGuid);
    }

    private CellWork Work(CellId cell, DateTimeOffset now)
    {
        if (!_work.TryGetValue(cell, out var work))
        {
            _work.Add(cell, work = new CellWork(cell));
            Cells.Named(cell, now);
        }
        return work;
    }

    private void DropIfDone(CellWork work)
    {
        if (work.Slots.Count > 0 || work.Tasks.Count > 0)
            return;
        _work.Remove(work.Cell);
        Cells.Forget(work.Cell);
    }

    private void MarkAll(ProcessView process)
    {
        foreach (var slot in process)
            DirtySlots.Add(slot.Key);
    }

    // Called when the new count is already in force. If it is the smaller one, only slots with rows remain to be marked.
    private void MarkBetween(ProcessView process, int before, int after)
    {
        if (after > before)
        {
            for (var index = before; index < after; index++)
                DirtySlots.Add(new LrpKey(process.ProcessGuid, index));
            return;
        }
        foreach (var slot in process.From(after))
            DirtySlots.Add(slot.Key);
    }

    private ProcessView Process(string guid)
    {
        if (!_processes.TryGetValue(guid, out var process))
            _processes.Add(guid, process = new ProcessView(guid));
        return process;
    }

    private void DropIfEmpty(string guid, ProcessView process)
    {
        if (process.IsEmpty)
            _processes.Remove(guid);
    }

    private static bool IsOn(in SlotView slot, CellId cell) =>
        CellOf(slot.Ordinary) == cell || CellOf(slot.Evacuating) == cell || CellOf(slot.Suspect) == cell;

    private static CellId? CellOf(ActualView? row) => row is { OnCell: true } ? row.Instance.CellId : null;

    private static CellId? CellOf(TaskView? task) => task is { State: OneOffTaskState.Running } ? task.CellId : null;

    private sealed class CellWork(CellId cell)
    {
        public CellId Cell => cell;

        public HashSet<LrpKey> Slots { get; } = [];

        public HashSet<string> Tasks { get; } = [];
    }
}

using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Converger.Picture;

/// <summary>
/// The cluster as the event stream tells it, and which slots and tasks a change has touched since they were last decided
/// on. Belongs to one loop; nothing here waits, and nothing here decides.
/// </summary>
internal sealed class ClusterPicture(CellLossPolicy lossPolicy)
{
    private readonly Dictionary<string, ProcessView> _processes = [];
    private readonly Dictionary<string, TaskSeen> _tasks = [];
    private readonly Dictionary<string, DateTimeOffset> _domains = [];
    private readonly Dictionary<CellId, CellWork> _work = [];
    private readonly Dictionary<LrpKey, string> _waitingForDomain = [];

    /// <summary>Told of each slot that has an ORDINARY row and had none.</summary>
    public Action<LrpKey>? SlotFilled { get; init; }

    public CellWatch Cells { get; } = new(lossPolicy);

    public AbsenceBoard Absences { get; } = new();

    /// <summary>Slots whose decision may have changed.</summary>
    public HashSet<LrpKey> DirtySlots { get; } = [];

    /// <summary>Tasks whose decision may have changed.</summary>
    public HashSet<string> DirtyTasks { get; } = [];

    public int TaskCount => _tasks.Count;

    public Surroundings Around(DateTimeOffset now, ConvergenceTimings timings) => new(now, Cells.Standings, _domains, timings);

    public SlotSeen Slot(LrpKey key) => _processes.TryGetValue(key.ProcessGuid, out var process)
        ? process.Slot(key.Index)
        : new SlotSeen(key, null, null, null, null);

    public TaskSeen? Task(string taskGuid) => _tasks.GetValueOrDefault(taskGuid);

    public IEnumerable<LrpKey> Slots()
    {
        foreach (var (guid, process) in _processes)
        {
            foreach (var index in process.Indices())
                yield return new LrpKey(guid, index);
        }
    }

    public IEnumerable<TaskSeen> Tasks() => _tasks.Values;

    /// <summary>Forgets everything: a new snapshot follows.</summary>
    public void Reset(DateTimeOffset now)
    {
        _processes.Clear();
        _tasks.Clear();
        _domains.Clear();
        _work.Clear();
        _waitingForDomain.Clear();
        DirtySlots.Clear();
        DirtyTasks.Clear();
        Cells.Reset(now);
        Absences.Clear();
    }

    public void Desire(DesiredSeen desired)
    {
        var process = Process(desired.ProcessGuid);
        var before = process.Desired;
        if (desired.Equals(before))
            return;
        process.Desired = desired;
        if (before is not null && before with { Instances = desired.Instances } == desired)
            MarkBetween(process, desired.ProcessGuid, before.Instances, desired.Instances);
        else
            MarkAll(process, desired.ProcessGuid);
    }

    public void Undesire(string processGuid)
    {
        if (!_processes.TryGetValue(processGuid, out var process))
            return;
        MarkAll(process, processGuid);
        process.Desired = null;
        DropIfEmpty(processGuid, process);
    }

    public void Put(ActualSeen row, DateTimeOffset now) => Set(row.Key, row.Presence, row, now);

    /// <summary>
    /// The row of this version is not in its place any more. Events of one commit are ordered for routers, so the row that took
    /// the place, or a later version of the same, may have been told before: that one stays.
    /// </summary>
    public void Remove(LrpKey key, LrpPresence presence, ModificationTag tag, DateTimeOffset now)
    {
        var slot = Slot(key);
        var row = presence switch
        {
            LrpPresence.Ordinary => slot.Ordinary,
            LrpPresence.Evacuating => slot.Evacuating,
            LrpPresence.Suspect => slot.Suspect,
        };
        if (row is { Tag: var there } && there.Epoch == tag.Epoch && there.Index <= tag.Index)
            Set(key, presence, null, now);
    }

    public void Put(TaskSeen task, DateTimeOffset now)
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

    /// <summary>The domain is fresh until a time. One that was so already, for no longer, changes no decision.</summary>
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

    /// <summary>Notes that the slot's decision depends on the freshness of the domain, or of none.</summary>
    public void WaitForDomain(LrpKey key, string? domain)
    {
        if (domain is null)
            _waitingForDomain.Remove(key);
        else
            _waitingForDomain[key] = domain;
    }

    public void CellAppeared(CellId cell)
    {
        if (Cells.Appeared(cell))
            MarkOn(cell);
    }

    public void CellDisappeared(CellId cell, bool withdrawn, DateTimeOffset now)
    {
        Cells.Disappeared(cell, withdrawn, now);
        MarkOn(cell);
    }

    /// <summary>The BBS holds this of the cell's absence.</summary>
    public void CellAbsent(CellId cell, CellVerdict verdict, bool lost, DateTimeOffset now)
    {
        Absences.Put(cell, verdict, lost);
        if (!lost && verdict.KeepsAt(now) && Cells.Restore(cell, now))
            MarkOn(cell);
    }

    /// <summary>Whether an instance or a running task is on the cell.</summary>
    public bool HasWork(CellId cell) => _work.ContainsKey(cell);

    /// <summary>The cell was given up.</summary>
    public void CellLost(CellId cell)
    {
        MarkOn(cell);
        if (!_work.ContainsKey(cell))
            Cells.Forget(cell);
    }

    private void MarkWaitingFor(string domain)
    {
        foreach (var (key, waited) in _waitingForDomain)
        {
            if (waited == domain)
                DirtySlots.Add(key);
        }
    }

    // Everything on the cell is to be decided on again.
    private void MarkOn(CellId cell)
    {
        if (!_work.TryGetValue(cell, out var work))
            return;
        DirtySlots.UnionWith(work.Slots);
        DirtyTasks.UnionWith(work.Tasks);
    }

    private void Set(LrpKey key, LrpPresence presence, ActualSeen? row, DateTimeOffset now)
    {
        var process = Process(key.ProcessGuid);
        var before = process.Set(key.Index, presence, row);
        DirtySlots.Add(key);
        if (presence == LrpPresence.Ordinary && before is null && row is not null)
            SlotFilled?.Invoke(key);
        if (CellOf(before) is { } left && left != CellOf(row) && !IsOn(process.Slot(key.Index), left))
            Leave(left, work => work.Slots.Remove(key));
        if (CellOf(row) is { } entered)
            Work(entered, now).Slots.Add(key);
        DropIfEmpty(key.ProcessGuid, process);
    }

    private void Renumber(TaskSeen? before, TaskSeen? after, DateTimeOffset now)
    {
        if (CellOf(before) is { } left && left != CellOf(after))
            Leave(left, work => work.Tasks.Remove(before!.TaskGuid));
        if (CellOf(after) is { } entered)
            Work(entered, now).Tasks.Add(after!.TaskGuid);
    }

    private CellWork Work(CellId cell, DateTimeOffset now)
    {
        if (!_work.TryGetValue(cell, out var work))
        {
            _work.Add(cell, work = new CellWork());
            Cells.Named(cell, now);
        }
        return work;
    }

    private void Leave(CellId cell, Action<CellWork> remove)
    {
        if (!_work.TryGetValue(cell, out var work))
            return;
        remove(work);
        if (work.Slots.Count > 0 || work.Tasks.Count > 0)
            return;
        _work.Remove(cell);
        Cells.Forget(cell);
    }

    private void MarkAll(ProcessView process, string processGuid)
    {
        foreach (var index in process.Indices())
            DirtySlots.Add(new LrpKey(processGuid, index));
    }

    private void MarkBetween(ProcessView process, string processGuid, int before, int after)
    {
        if (after > before)
        {
            for (var index = Math.Max(0, before); index < after; index++)
                DirtySlots.Add(new LrpKey(processGuid, index));
            return;
        }
        foreach (var index in process.Indices())
        {
            if (index >= after)
                DirtySlots.Add(new LrpKey(processGuid, index));
        }
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

    private static bool IsOn(in SlotSeen slot, CellId cell) =>
        CellOf(slot.Ordinary) == cell || CellOf(slot.Evacuating) == cell || CellOf(slot.Suspect) == cell;

    private static CellId? CellOf(ActualSeen? row) => row is { OnCell: true } ? row.Instance.CellId : null;

    private static CellId? CellOf(TaskSeen? task) => task is { State: OneOffTaskState.Running } ? task.CellId : null;

    private sealed class CellWork
    {
        public HashSet<LrpKey> Slots { get; } = [];

        public HashSet<string> Tasks { get; } = [];
    }
}

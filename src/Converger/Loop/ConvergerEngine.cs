using Scheduler.Converger.Model;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Loop;

/// <summary>
/// The decision engine: turns model changes and the passing of time into commands. It decides on dirty slots and tasks, keeps a due time
/// for each one to decide on again later, and audits the whole state against its incremental results. No I/O, no clock.
/// </summary>
internal sealed class ConvergerEngine(Convergence rules, ConvergenceTimings timings, CellLossPolicy lossPolicy, TimeSpan repeatAfter)
{
    /// <summary>
    /// Limit of slots and tasks decided on in one step, about ten milliseconds of work. After a snapshot everything is dirty, and events
    /// must be processed in between.
    /// </summary>
    public const int MaxPerStep = 20_000;

    private readonly DueTimes<LrpKey> _slotDues = new();
    private readonly DueTimes<string> _taskDues = new();
    private readonly SentCommands _sent = new(repeatAfter);
    private readonly Decision _decision = new();
    private readonly List<CellId> _lost = [];
    private readonly List<LrpKey> _slotBatch = [];
    private readonly List<string> _taskBatch = [];
    private DateTimeOffset? _cellsDue;

    /// <summary>Called for each cell as it is given up.</summary>
    public Action<CellId>? CellGivenUp { get; set; }

    /// <summary>Called for each slot or task on which the rules throw. That is a bug, but it must not block the others.</summary>
    public Action<string, Exception>? Undecidable { get; set; }

    public ClusterModel Model => field ??= new ClusterModel(lossPolicy) { Sent = _sent };

    /// <summary>Whether any slot or task is dirty.</summary>
    public bool HasDirty => Model.DirtySlots.Count > 0 || Model.DirtyTasks.Count > 0;

    /// <summary>When a command may become due without a change; null if only a change can cause one.</summary>
    public DateTimeOffset? NextDue => Earliest(Earliest(_slotDues.Next, _taskDues.Next), _cellsDue);

    /// <summary>Clears all state before a new snapshot.</summary>
    public void Reset(DateTimeOffset now)
    {
        Model.Reset(now);
        _slotDues.Clear();
        _taskDues.Clear();
        _sent.Clear();
        _cellsDue = null;
    }

    /// <summary>
    /// Decides on what is dirty or due and adds the commands to <paramref name="outbox"/>, up to about <paramref name="limit"/> entries.
    /// </summary>
    /// <remarks>What is still dirty afterwards exceeded <see cref="MaxPerStep"/> or did not fit in the outbox.</remarks>
    public void Step(DateTimeOffset now, int limit, List<ConvergenceCommand> outbox)
    {
        DecideCells(now);
        _slotDues.TakeDue(now, Model.DirtySlots);
        _taskDues.TakeDue(now, Model.DirtyTasks);
        if (!HasDirty)
            return;
        var context = Model.Around(now, timings);
        var left = MaxPerStep;
        while (Take(Model.DirtySlots, _slotBatch, limit - outbox.Count, ref left))
        {
            foreach (var key in _slotBatch)
                Decide(Model.Slot(key), context, outbox);
        }
        while (Take(Model.DirtyTasks, _taskBatch, limit - outbox.Count, ref left))
        {
            foreach (var guid in _taskBatch)
                Decide(guid, Model.Task(guid), context, outbox);
        }
    }

    /// <summary>
    /// Decides on the whole state from scratch. Commands that earlier steps should have found are added to <paramref name="outbox"/> and
    /// counted: any count but 0 means a bug, which this audit has repaired.
    /// </summary>
    /// <remarks>Call it only when nothing is dirty; otherwise it counts decisions that are merely pending.</remarks>
    public int Audit(DateTimeOffset now, List<ConvergenceCommand> outbox)
    {
        _sent.Purge(now);
        var before = outbox.Count;
        var context = Model.Around(now, timings);
        foreach (var process in Model.Processes)
        {
            foreach (var slot in process)
                Decide(slot, context, outbox);
        }
        foreach (var task in Model.Tasks)
            Decide(task.TaskGuid, task, context, outbox);
        return outbox.Count - before;
    }

    /// <summary>The command did not reach the BBS, or its outcome is unknown: it is decided again at <paramref name="again"/>.</summary>
    public void NotDelivered(ConvergenceCommand command, DateTimeOffset again)
    {
        _sent.NotDelivered(command, again);
        switch (command)
        {
            case ConvergenceCommand.OfSlot slot:
                _slotDues.Set(slot.Key, again);
                break;
            case ConvergenceCommand.OfTask task:
                _taskDues.Set(task.Task.TaskGuid, again);
                break;
        }
    }

    /// <summary>Forgets all recently sent commands: any of them may be sent again, and the next step decides on their rows.</summary>
    public void ForgetSent() => _sent.Forget(Model.DirtySlots, Model.DirtyTasks);

    private void DecideCells(DateTimeOffset now)
    {
        _lost.Clear();
        _cellsDue = Model.Cells.Decide(now, Model.AbsentCells.Decisions, _lost);
        foreach (var cell in _lost)
        {
            Model.CellLost(cell);
            CellGivenUp?.Invoke(cell);
        }
    }

    private void Decide(in SlotView slot, ConvergenceContext context, List<ConvergenceCommand> outbox)
    {
        _decision.Clear();
        if (!Model.IsUnreadable(slot.Key))
        {
            try
            {
                rules.Decide(slot, context, _decision);
            }
            catch (Exception e)
            {
                _decision.Clear();
                Undecidable?.Invoke($"actual LRP {slot.Key}", e);
            }
        }
        Send(context.Now, outbox);
        _slotDues.Set(slot.Key, _decision.Due);
        Model.WaitForDomain(slot.Key, _decision.WaitsForDomain);
    }

    private void Decide(string taskGuid, TaskView? task, ConvergenceContext context, List<ConvergenceCommand> outbox)
    {
        _decision.Clear();
        if (task is not null)
        {
            try
            {
                rules.Decide(task, context, _decision);
            }
            catch (Exception e)
            {
                _decision.Clear();
                Undecidable?.Invoke($"task {taskGuid}", e);
            }
        }
        Send(context.Now, outbox);
        _taskDues.Set(taskGuid, _decision.Due);
    }

    private void Send(DateTimeOffset now, List<ConvergenceCommand> outbox)
    {
        foreach (var command in _decision.Commands)
        {
            if (_sent.Holds(command, now, out var until))
            {
                _decision.WaitUntil(until);
                continue;
            }
            _sent.Add(command, now);
            outbox.Add(command);
            _decision.WaitUntil(now + repeatAfter);
        }
    }

    private static bool Take<T>(DirtySet<T> from, List<T> into, int limit, ref int left)
        where T : notnull
    {
        into.Clear();
        if (Math.Min(limit, left) <= 0)
            return false;
        from.Take(Math.Min(limit, left), into);
        left -= into.Count;
        return into.Count > 0;
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;
}

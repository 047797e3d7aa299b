using Scheduler.Converger.Model;
using Scheduler.Converger.Rules;
using Scheduler.Converger.Rules.Cells;
using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Loop;

/// <summary>
/// Turns changes of the model and the passing of time into commands: decides on dirty slots and tasks, keeps a time for
/// each that wants to be looked at again, and audits the whole against what it did step by step. No I/O, no clock.
/// </summary>
internal sealed class ConvergerEngine(Convergence rules, ConvergenceTimings timings, CellLossPolicy lossPolicy, TimeSpan repeatAfter)
{
    /// <summary>
    /// Slots and tasks decided on in one step, some ten milliseconds of work: after a snapshot everything is to be looked at, and
    /// events have their turn in between.
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

    /// <summary>Told of each cell as it is given up.</summary>
    public Action<CellId>? CellGivenUp { get; set; }

    /// <summary>Told of each slot or task on which the rules fail: a bug, which is not to keep them from the others.</summary>
    public Action<string, Exception>? Undecidable { get; set; }

    public ClusterModel Model => field ??= new ClusterModel(lossPolicy) { Sent = _sent };

    /// <summary>Whether a change waits to be decided on.</summary>
    public bool HasDirty => Model.DirtySlots.Count > 0 || Model.DirtyTasks.Count > 0;

    /// <summary>When time alone may call for a command; null: not before a change.</summary>
    public DateTimeOffset? NextDue => Earliest(Earliest(_slotDues.Next, _taskDues.Next), _cellsDue);

    /// <summary>Forgets everything: a new snapshot begins.</summary>
    public void Reset(DateTimeOffset now)
    {
        Model.Reset(now);
        _slotDues.Clear();
        _taskDues.Clear();
        _sent.Clear();
        _cellsDue = null;
    }

    /// <summary>Decides what there is to decide and adds the commands to <paramref name="outbox"/>, which it lets grow to about <paramref name="limit"/>.</summary>
    /// <remarks>What remains dirty after it was one too many for <see cref="MaxPerStep"/>, or found no room.</remarks>
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
    /// Decides on everything, as if nothing were known. What the steps before should have found is added to
    /// <paramref name="outbox"/> and counted: any number but 0 is a bug that this has mended.
    /// </summary>
    /// <remarks>Call it when nothing is dirty, otherwise it counts what was about to be decided.</remarks>
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

    /// <summary>Nothing is known of what was sent lately: all of it may be sent again, and the next step decides on it.</summary>
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

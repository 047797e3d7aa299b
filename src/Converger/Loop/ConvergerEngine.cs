using Scheduler.Converger.Picture;
using Scheduler.Converger.Rules;
using Scheduler.Models;

namespace Scheduler.Converger.Loop;

/// <summary>
/// Turns changes of the picture and the passing of time into commands: decides on dirty slots and tasks, keeps a time for
/// each that wants to be looked at again, and audits the whole against what it did step by step. No I/O, no clock.
/// </summary>
internal sealed class ConvergerEngine(Convergence rules, ConvergenceTimings timings, CellLossPolicy lossPolicy, TimeSpan repeatAfter)
{
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

    public ClusterPicture Picture => field ??= new ClusterPicture(lossPolicy) { SlotFilled = _sent.Filled };

    /// <summary>Whether a change waits to be decided on.</summary>
    public bool HasDirty => Picture.DirtySlots.Count > 0 || Picture.DirtyTasks.Count > 0;

    /// <summary>When time alone may call for a command; null: not before a change.</summary>
    public DateTimeOffset? NextDue => Earliest(Earliest(_slotDues.Next, _taskDues.Next), _cellsDue);

    /// <summary>Forgets everything: a new snapshot begins.</summary>
    public void Reset(DateTimeOffset now)
    {
        Picture.Reset(now);
        _slotDues.Clear();
        _taskDues.Clear();
        _sent.Clear();
        _cellsDue = null;
    }

    /// <summary>The snapshot is complete: everything in it is new, and cells that it lacks are absent from now.</summary>
    public void SnapshotComplete()
    {
        Picture.DirtySlots.UnionWith(Picture.Slots());
        Picture.DirtyTasks.UnionWith(Picture.Tasks().Select(task => task.TaskGuid));
    }

    /// <summary>Decides what there is to decide and adds the commands to <paramref name="outbox"/>, which it lets grow to about <paramref name="limit"/>.</summary>
    public void Step(DateTimeOffset now, int limit, List<ConvergenceCommand> outbox)
    {
        DecideCells(now);
        _slotDues.TakeDue(now, Picture.DirtySlots);
        _taskDues.TakeDue(now, Picture.DirtyTasks);
        if (!HasDirty)
            return;
        var around = Picture.Around(now, timings);
        Take(Picture.DirtySlots, _slotBatch, limit - outbox.Count);
        foreach (var key in _slotBatch)
            Decide(key, around, outbox);
        Take(Picture.DirtyTasks, _taskBatch, limit - outbox.Count);
        foreach (var guid in _taskBatch)
            Decide(guid, around, outbox);
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
        var around = Picture.Around(now, timings);
        foreach (var key in Picture.Slots())
            Decide(key, around, outbox);
        foreach (var task in Picture.Tasks())
            Decide(task.TaskGuid, around, outbox);
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
    public void ForgetSent()
    {
        _sent.Clear();
        SnapshotComplete();
    }

    private void DecideCells(DateTimeOffset now)
    {
        _lost.Clear();
        _cellsDue = Picture.Cells.Decide(now, Picture.Absences.Verdicts, _lost);
        foreach (var cell in _lost)
        {
            Picture.CellLost(cell);
            CellGivenUp?.Invoke(cell);
        }
    }

    private void Decide(LrpKey key, Surroundings around, List<ConvergenceCommand> outbox)
    {
        _decision.Clear();
        rules.Decide(Picture.Slot(key), around, _decision);
        Send(around.Now, outbox);
        _slotDues.Set(key, _decision.Due);
        Picture.WaitForDomain(key, _decision.WaitsForDomain);
    }

    private void Decide(string taskGuid, Surroundings around, List<ConvergenceCommand> outbox)
    {
        _decision.Clear();
        if (Picture.Task(taskGuid) is { } task)
            rules.Decide(task, around, _decision);
        Send(around.Now, outbox);
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

    private static void Take<T>(HashSet<T> from, List<T> into, int limit)
    {
        into.Clear();
        foreach (var item in from)
        {
            if (into.Count >= limit)
                break;
            into.Add(item);
        }
        if (into.Count == from.Count)
        {
            from.Clear();
            return;
        }
        foreach (var item in into)
            from.Remove(item);
    }

    private static DateTimeOffset? Earliest(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;
}

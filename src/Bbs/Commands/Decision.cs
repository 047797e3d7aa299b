using Scheduler.Bbs.Events;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands;

/// <summary>
/// The inputs of a command (state, time, guids) and its outputs (row changes, events, follow-ups). One per batch; each command is one
/// emission of events.
/// </summary>
internal sealed class Decision(WorkingState state, DateTimeOffset now, Func<string> newGuid, IPresenceClock presences)
{
    private readonly List<Event> _events = [];
    private readonly List<FollowUp> _followUps = [];
    private int _emissionStart;
    private string? _epoch;

    public WorkingState State { get; } = state;

    /// <summary>The time of the current command.</summary>
    public DateTimeOffset Now { get; private set; } = now;

    /// <summary>Unix nanoseconds, as rows carry them.</summary>
    public long NowNs { get; private set; } = UnixNanos.From(now);

    /// <summary>
    /// Times to live that are held in memory only. Renewals are not part of the commit: they remain valid when the commit fails.
    /// </summary>
    public IPresenceClock Presences { get; } = presences;

    public string TraceId { get; private set; } = "";

    public IReadOnlyList<Event> Events => _events;

    public IReadOnlyList<FollowUp> FollowUps => _followUps;

    /// <summary>
    /// An epoch for the rows that the current command creates. They share it: it only has to differ from earlier epochs of the same key,
    /// and sharing one string saves memory when a command creates thousands of rows.
    /// </summary>
    public string NewEpoch() => _epoch ??= newGuid();

    /// <param name="now">Not before the time of the command before it, unless the clock was set back.</param>
    public void Begin(string traceId, DateTimeOffset now)
    {
        (Now, NowNs) = (now, UnixNanos.From(now));
        Begin(traceId);
    }

    public void Begin(string traceId)
    {
        TraceId = traceId;
        _epoch = null;
        _emissionStart = _events.Count;
    }

    public void End()
    {
        EndAbsencesOfEmptied();
        EmissionOrder.Sort(_events, _emissionStart);
    }

    /// <summary>Ends the emission and begins the next, for a command that consists of several independent parts.</summary>
    public void NextEmission()
    {
        End();
        Begin(TraceId);
    }

    public void Emit(Event @event)
    {
        @event.Revision = State.Revision;
        _events.Add(@event);
    }

    public void Then(FollowUp followUp) => _followUps.Add(followUp);

    public void Create(ActualLRP row)
    {
        State.Put(row);
        Emit(LrpEvents.Created(row, TraceId));
        AuctionIfOpened(null, row);
    }

    public void Delete(ActualLRP row)
    {
        State.Delete(row);
        Emit(LrpEvents.Removed(row, TraceId));
    }

    /// <summary>
    /// Replaces a row by its next version, possibly under another presence. If an instance gives up its slot, the events are a new slot and
    /// a removed instance; any other change is one change event.
    /// </summary>
    public void Change(ActualLRP before, ActualLRP after)
    {
        if (before.Presence != after.Presence)
            State.Delete(before);
        State.Put(after);
        if (before.HasInstance() && after.State == ActualLrpStateNames.Unclaimed)
        {
            Emit(LrpEvents.Created(after, TraceId));
            Emit(LrpEvents.Removed(before, TraceId));
        }
        else
        {
            Emit(LrpEvents.Changed(before, after, TraceId));
        }
        AuctionIfOpened(before, after);
    }

    /// <summary>The cell is back, or no longer owns anything.</summary>
    public void EndAbsence(AbsentCell absent, bool returned)
    {
        State.DeleteAbsentCell(absent.CellId);
        Emit(ClusterEvents.AbsenceEnded(absent, returned));
    }

    private void EndAbsencesOfEmptied()
    {
        foreach (var cellId in State.TakeLeftCells())
        {
            if (State.AbsentCell(cellId) is { } absent && !State.Owns(cellId))
                EndAbsence(absent, returned: false);
        }
    }

    private void AuctionIfOpened(ActualLRP? before, ActualLRP after)
    {
        if (after.State == ActualLrpStateNames.Unclaimed && before?.State != ActualLrpStateNames.Unclaimed)
            Then(new FollowUp.AuctionLrp(after.Slot()));
    }
}

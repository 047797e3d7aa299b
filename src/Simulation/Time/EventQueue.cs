using System.Diagnostics.CodeAnalysis;

namespace Scheduler.Simulation.Time;

/// <summary>Future events ordered by time. A cancelled event stays in the queue until it is due.</summary>
internal sealed class EventQueue
{
    private readonly PriorityQueue<Appointment, EventTime> _due = new();
    private long _order;

    public Appointment Add(long dueTicks, Action action)
    {
        var appointment = new Appointment(action);
        _due.Enqueue(appointment, new EventTime(dueTicks, _order++));
        return appointment;
    }

    /// <summary>When the next event that is not cancelled is due; null if there is no such event.</summary>
    public long? NextDue
    {
        get
        {
            while (_due.TryPeek(out var next, out var moment))
            {
                if (!next.IsCancelled)
                    return moment.DueTicks;
                _due.Dequeue();
            }

            return null;
        }
    }

    /// <summary>Takes the next event that is not cancelled, unless it is due after the limit.</summary>
    public bool TryTake(long limit, [NotNullWhen(true)] out Appointment? next, out long dueTicks)
    {
        while (_due.TryPeek(out next, out var moment))
        {
            dueTicks = moment.DueTicks;
            if (dueTicks > limit)
                return false;
            _due.Dequeue();
            if (!next.IsCancelled)
                return true;
        }

        dueTicks = 0;
        return false;
    }
}

/// <summary>An event in the queue.</summary>
internal sealed class Appointment(Action action)
{
    private Action? _action = action;

    public bool IsCancelled => _action is null;

    public void Cancel() => _action = null;

    public void Run()
    {
        var action = _action!;
        _action = null;
        action();
    }
}

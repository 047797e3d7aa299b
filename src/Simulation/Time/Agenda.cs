namespace Scheduler.Simulation.Time;

/// <summary>What is to happen, ordered by its moment and then by when it was put down. A binary heap; what is cancelled stays until its turn.</summary>
internal sealed class Agenda
{
    private Appointment[] _heap = new Appointment[1024];
    private int _count;
    private long _sequence;

    public int Count => _count;

    public Appointment Add(long dueTicks, Action action)
    {
        var appointment = new Appointment(dueTicks, _sequence++, action);
        if (_count == _heap.Length) Array.Resize(ref _heap, 2 * _heap.Length);
        var at = _count++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (_heap[parent].IsBefore(appointment)) break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = appointment;
        return appointment;
    }

    /// <summary>The next that has not been cancelled, left where it is; null when there is none.</summary>
    public Appointment? Peek()
    {
        while (_count > 0 && _heap[0].IsCancelled) Take();
        return _count == 0 ? null : _heap[0];
    }

    public void Take()
    {
        var last = _heap[--_count];
        _heap[_count] = null!;
        if (_count == 0) return;
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _heap[child + 1].IsBefore(_heap[child])) child++;
            if (last.IsBefore(_heap[child])) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
    }
}

/// <summary>One thing on the agenda.</summary>
internal sealed class Appointment(long dueTicks, long sequence, Action action)
{
    private Action? _action = action;

    public long DueTicks { get; } = dueTicks;

    public bool IsCancelled => _action is null;

    public void Cancel() => _action = null;

    public bool IsBefore(Appointment other) =>
        DueTicks != other.DueTicks ? DueTicks < other.DueTicks : Sequence < other.Sequence;

    public void Run()
    {
        var action = _action!;
        _action = null;
        action();
    }

    private long Sequence { get; } = sequence;
}

namespace Scheduler.Simulation.Time;

/// <summary>What is to happen, ordered by its moment and then by when it was put down. A binary heap; what is cancelled stays until its turn.</summary>
internal sealed class Agenda
{
    // Each with its order beside it: comparing does not look into objects that lie anywhere in memory.
    private (Moment Moment, Appointment What)[] _heap = new (Moment, Appointment)[1024];
    private int _count;
    private long _sequence;

    public int Count => _count;

    public Appointment Add(long dueTicks, Action action)
    {
        var appointment = new Appointment(dueTicks, action);
        var moment = new Moment(dueTicks, _sequence++);
        if (_count == _heap.Length) Array.Resize(ref _heap, 2 * _heap.Length);
        var at = _count++;
        while (at > 0)
        {
            var parent = (at - 1) / 2;
            if (_heap[parent].Moment.IsBefore(moment)) break;
            _heap[at] = _heap[parent];
            at = parent;
        }

        _heap[at] = (moment, appointment);
        return appointment;
    }

    /// <summary>The next that has not been cancelled, left where it is; null when there is none.</summary>
    public Appointment? Peek()
    {
        while (_count > 0 && _heap[0].What.IsCancelled) Take();
        return _count == 0 ? null : _heap[0].What;
    }

    public void Take()
    {
        var last = _heap[--_count];
        _heap[_count] = default;
        if (_count == 0) return;
        var at = 0;
        while (true)
        {
            var child = (2 * at) + 1;
            if (child >= _count) break;
            if (child + 1 < _count && _heap[child + 1].Moment.IsBefore(_heap[child].Moment)) child++;
            if (last.Moment.IsBefore(_heap[child].Moment)) break;
            _heap[at] = _heap[child];
            at = child;
        }

        _heap[at] = last;
    }

    private readonly record struct Moment(long DueTicks, long Sequence)
    {
        public bool IsBefore(Moment other) => DueTicks != other.DueTicks ? DueTicks < other.DueTicks : Sequence < other.Sequence;
    }
}

/// <summary>One thing on the agenda.</summary>
internal sealed class Appointment(long dueTicks, Action action)
{
    private Action? _action = action;

    public long DueTicks { get; } = dueTicks;

    public bool IsCancelled => _action is null;

    public void Cancel() => _action = null;

    public void Run()
    {
        var action = _action!;
        _action = null;
        action();
    }
}

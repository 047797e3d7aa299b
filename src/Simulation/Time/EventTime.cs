namespace Scheduler.Simulation.Time;

/// <summary>A position in the queue: events due at the same time run in the order in which they were added.</summary>
internal readonly record struct EventTime(long DueTicks, long Order) : IComparable<EventTime>
{
    public int CompareTo(EventTime other) => DueTicks != other.DueTicks ? DueTicks.CompareTo(other.DueTicks) : Order.CompareTo(other.Order);
}

namespace Scheduler.Simulation.Time;

/// <summary>A place on an queue: what is due at the same time happens in the order in which it was put down.</summary>
internal readonly record struct EventTime(long DueTicks, long Order) : IComparable<EventTime>
{
    public int CompareTo(EventTime other) => DueTicks != other.DueTicks ? DueTicks.CompareTo(other.DueTicks) : Order.CompareTo(other.Order);
}

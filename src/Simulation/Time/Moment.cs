namespace Scheduler.Simulation.Time;

/// <summary>A place on an agenda: what is due at the same time happens in the order in which it was put down.</summary>
internal readonly record struct Moment(long DueTicks, long Order) : IComparable<Moment>
{
    public int CompareTo(Moment other) => DueTicks != other.DueTicks ? DueTicks.CompareTo(other.DueTicks) : Order.CompareTo(other.Order);
}

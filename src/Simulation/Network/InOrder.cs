namespace Scheduler.Simulation.Network;

/// <summary>Restores the sending order of the messages of one connection, whatever their delays.</summary>
internal sealed class InOrder
{
    private readonly SortedDictionary<long, Action> _early = [];
    private long _sent;
    private long _next = 1;

    /// <summary>The number of the next message.</summary>
    public long Send() => ++_sent;

    public void Arrive(long number, Action deliver)
    {
        if (number != _next)
        {
            _early.Add(number, deliver);
            return;
        }

        var due = deliver;
        do
        {
            _next++;
            due();
        } while (_early.Remove(_next, out due));
    }
}

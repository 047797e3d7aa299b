using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Fleet;

/// <summary>
/// The simulation's clock and queue: it stands still while something happens and then jumps to the next thing that is due.
/// What is due at the same moment happens in the order in which it was put down.
/// </summary>
internal sealed class VirtualTime(TimeSpan end) : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly PriorityQueue<Action, EventTime> _queue = new();
    private long _order;

    /// <summary>Since the start.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Things that have happened.</summary>
    public long Events { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Now.Ticks;

    public override DateTimeOffset GetUtcNow() => Start + Now;

    public void At(TimeSpan moment, Action happens)
    {
        if (moment < Now) throw new ArgumentOutOfRangeException(nameof(moment), "the past does not change");
        // Most containers would crash, and most apps end, long after the run: the queue need not hold that.
        if (moment <= end) _queue.Enqueue(happens, new EventTime(moment.Ticks, _order++));
    }

    public void In(TimeSpan delay, Action happens) => At(Now + delay, happens);

    /// <summary>Lets everything happen until the end.</summary>
    public void Run(CancellationToken cancellation)
    {
        while (_queue.TryDequeue(out var happens, out var due))
        {
            if ((Events++ & 0xFFF) == 0) cancellation.ThrowIfCancellationRequested();
            Now = new TimeSpan(due.DueTicks);
            happens();
        }

        Now = end;
    }
}

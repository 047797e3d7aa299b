namespace Scheduler.Router.Table;

/// <summary>Time since the router started, for the table.</summary>
internal sealed class RouterClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public TimeProvider Time => time;

    public TimeSpan Now => time.GetElapsedTime(_started);
}

using System.ComponentModel.DataAnnotations;

namespace Scheduler.Bbs.Events;

/// <summary>What followers of events get.</summary>
public sealed class EventOptions
{
    /// <summary>
    /// How many events are held for followers that are behind or come back. 65,536 are about 15 s of 2,000 changes a second
    /// with two events each: longer than a follower's reconnect, and less than 100 MB.
    /// </summary>
    [Range(16, 10_000_000)]
    public int Capacity { get; set; } = 65_536;

    /// <summary>After how long without an event a heartbeat goes out. Well below the idle limits of usual proxies (60 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);
}

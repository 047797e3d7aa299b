using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Events;

/// <summary>What followers of events get.</summary>
public sealed class EventOptions
{
    /// <summary>
    /// How many events are held for followers that are behind or come back. 65,536 are about 15 s of 2,000 changes a second
    /// with two events each: longer than a follower's reconnect, and less than 100 MB.
    /// </summary>
    [Range(16, 10_000_000)]
    [Setting("Events kept for followers that are behind or reconnect", Name = "event-capacity")]
    public int Capacity { get; set; } = 65_536;

    /// <summary>
    /// How many bytes of events, as messages, are held at most. A usual event is some hundreds of bytes; this is for
    /// those of desired LRPs and tasks, of which one may have 3 MB. The newest event is held whatever its size.
    /// </summary>
    [Range(1024 * 1024, 64L * 1024 * 1024 * 1024)]
    [Setting("Bytes of events kept for followers that are behind or reconnect", Name = "event-max-bytes")]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>After how long without an event a heartbeat goes out. Well below the idle limits of usual proxies (60 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    [Setting("Time without an event after which followers get a heartbeat", Name = "event-heartbeat")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);
}

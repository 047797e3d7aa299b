using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Events;

/// <summary>Settings of the event streams.</summary>
public sealed class EventOptions
{
    /// <summary>
    /// Events held for followers that lag or reconnect. 65,536 are about 15 s of 2,000 changes per second with two events each: longer than
    /// a follower needs to reconnect, and less than 100 MB.
    /// </summary>
    [Range(16, 10_000_000)]
    [Setting("Maximum number of events kept for followers that are behind or reconnect", Name = "event-capacity")]
    public int Capacity { get; set; } = 65_536;

    /// <summary>
    /// Maximum total size of the events held, in bytes as messages. A typical event has some hundreds of bytes; the limit is for events of
    /// desired LRPs and tasks, which may have 3 MB each. The newest event is held regardless of its size.
    /// </summary>
    [Range(1024 * 1024, 64L * 1024 * 1024 * 1024)]
    [Setting("Maximum size in bytes of the events kept for followers that are behind or reconnect", Name = "event-max-bytes")]
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>Time without an event after which a heartbeat is sent. Well below the idle limit of common proxies (60 s).</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    [Setting("Time without events after which followers get a heartbeat", Name = "event-heartbeat")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(10);
}

using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Outbound;

/// <summary>Settings of calls to the auctioneer, reps and task callbacks.</summary>
public sealed class OutboundOptions
{
    /// <summary>Timeout of one call. Diego's <c>communication_timeout</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    [Setting("Timeout of one call to the auctioneer, a cell or a task callback")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Maximum starts in one request to the auctioneer: a few hundred kilobytes.</summary>
    [Range(1, 100_000)]
    [Setting("Maximum number of starts in one request to the auctioneer")]
    public int MaxStartsPerRequest { get; set; } = 2_000;

    /// <summary>Back-off after the first failed attempt; each further failure doubles it, with jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    [Setting("Pause after the first failed call; doubles up to --retry-max")]
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(100);

    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    [Setting("Maximum pause between attempts of a call")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts per call to a rep; after them, convergence takes over. Diego's number for a stop.</summary>
    [Range(1, 100)]
    [Setting("Maximum number of attempts of a call to a cell; then convergence takes over")]
    public int RepTries { get; set; } = 5;

    /// <summary>Maximum cells called concurrently, one call per cell. A cell that hangs occupies one worker.</summary>
    [Range(1, 10_000)]
    [Setting("Maximum number of cells called concurrently")]
    public int RepWorkers { get; set; } = 64;

    /// <summary>
    /// Maximum queued calls to reps. When the queue is full, new calls are dropped with a warning, and convergence repairs the result.
    /// </summary>
    [Range(1, 10_000_000)]
    [Setting("Maximum number of waiting calls to cells; further ones are dropped, and convergence takes over")]
    public int RepQueueLength { get; set; } = 200_000;

    /// <summary>Maximum concurrent callbacks. Diego has 1,000; they mostly wait for the network.</summary>
    [Range(1, 10_000)]
    [Setting("Task callbacks that are made at the same time")]
    public int CallbackWorkers { get; set; } = 256;

    /// <summary>
    /// Attempts per callback, with the back-off of the other retries between them. Diego's number, but Diego does not pause.
    /// </summary>
    [Range(1, 100)]
    [Setting("Attempts of one task callback")]
    public int CallbackTries { get; set; } = 3;

    /// <summary>Maximum queued callbacks. When the queue is full, convergence submits them again when they are due.</summary>
    [Range(1, 10_000_000)]
    [Setting("Task callbacks that may wait; convergence submits further ones again when they are due")]
    public int CallbackQueueLength { get; set; } = 100_000;
}

using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Outbound;

/// <summary>How the BBS calls auctioneer, reps and task callbacks.</summary>
public sealed class OutboundOptions
{
    /// <summary>How long one call may take. Diego's <c>communication_timeout</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:05:00")]
    [Setting("Timeout of one call to the auctioneer, a cell or a task callback")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Starts in one request to the auctioneer: a few hundred kilobytes.</summary>
    [Range(1, 100_000)]
    [Setting("Starts in one request to the auctioneer")]
    public int MaxStartsPerRequest { get; set; } = 2_000;

    /// <summary>Wait after the first failed try; each further one doubles it, with jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    [Setting("Pause after the first failed call; doubles up to --retry-max")]
    public TimeSpan RetryMin { get; set; } = TimeSpan.FromMilliseconds(100);

    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    [Setting("Longest pause between attempts of a call")]
    public TimeSpan RetryMax { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries of one call to a rep; then convergence goes on from there. Diego's number for a stop.</summary>
    [Range(1, 100)]
    [Setting("Attempts of one call to a cell; then convergence takes over")]
    public int RepTries { get; set; } = 5;

    /// <summary>Cells called at the same time, one call each. A cell that hangs holds one of them.</summary>
    [Range(1, 10_000)]
    [Setting("Cells that are called at the same time")]
    public int RepWorkers { get; set; } = 64;

    /// <summary>Calls to reps that may wait. Beyond it the newest are dropped with a warning, and convergence finds what they were for.</summary>
    [Range(1, 10_000_000)]
    [Setting("Calls to cells that may wait; further ones are dropped, and convergence takes over")]
    public int RepQueueLength { get; set; } = 200_000;

    /// <summary>Callbacks made at the same time. Diego has 1,000; they mostly wait for the network.</summary>
    [Range(1, 10_000)]
    [Setting("Task callbacks that are made at the same time")]
    public int CallbackWorkers { get; set; } = 256;

    /// <summary>Tries of one callback, with the pauses of the other retries between them. Diego's number; it makes no pause.</summary>
    [Range(1, 100)]
    [Setting("Attempts of one task callback")]
    public int CallbackTries { get; set; } = 3;

    /// <summary>Callbacks that may wait. Beyond it convergence submits them again when they are due.</summary>
    [Range(1, 10_000_000)]
    [Setting("Task callbacks that may wait; convergence submits further ones again when they are due")]
    public int CallbackQueueLength { get; set; } = 100_000;
}

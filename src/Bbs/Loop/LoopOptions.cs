using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Loop;

/// <summary>Batching settings of the commit loop.</summary>
public sealed class LoopOptions
{
    /// <summary>
    /// Length of the command queue. When it is full, a call is refused as Overloaded: it holds about one second's work, and more would only
    /// time out.
    /// </summary>
    [Range(1, 1_000_000)]
    [Setting(
        "Maximum number of commands waiting for the commit loop; further ones are refused as overloaded",
        Name = "commit-queue-length"
    )]
    public int QueueLength { get; set; } = 20_000;

    /// <summary>
    /// Maximum commands per commit. Beyond a few hundred rows, a larger transaction is hardly cheaper per row, and all its commands wait
    /// for the last one.
    /// </summary>
    [Range(1, 100_000)]
    [Setting("Maximum number of commands in a commit", Name = "commit-max-commands")]
    public int MaxBatchCommands { get; set; } = 1_000;

    /// <summary>
    /// Row changes after which a batch takes no further command. A single command may exceed it, for example one that desires 10,000
    /// instances.
    /// </summary>
    [Range(1, 1_000_000)]
    [Setting("Number of row changes at which a commit takes no further commands", Name = "commit-max-rows")]
    public int MaxBatchRows { get; set; } = 5_000;
}

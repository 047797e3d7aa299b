using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Bbs.Loop;

/// <summary>How the commit loop gathers commands.</summary>
public sealed class LoopOptions
{
    /// <summary>Commands that may wait. When it is full a call is refused as Overloaded: about a second's work, more would only time out.</summary>
    [Range(1, 1_000_000)]
    [Setting("Commands that may wait for the commit loop; further ones are refused as overloaded", Name = "commit-queue-length")]
    public int QueueLength { get; set; } = 20_000;

    /// <summary>Commands of one commit at most. Beyond a few hundred rows a larger transaction is hardly cheaper per row, and all of it waits for the last.</summary>
    [Range(1, 100_000)]
    [Setting("Commands in one commit", Name = "commit-max-commands")]
    public int MaxBatchCommands { get; set; } = 1_000;

    /// <summary>Row changes after which a batch takes no further command. One command may go beyond it by itself, as when 10,000 instances are desired at once.</summary>
    [Range(1, 1_000_000)]
    [Setting("Row changes after which a commit takes no further command", Name = "commit-max-rows")]
    public int MaxBatchRows { get; set; } = 5_000;
}

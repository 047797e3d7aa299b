using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Where the auctioneer records the inputs of its auctions, and how much of them is kept.</summary>
public sealed record RecordingOptions
{
    /// <summary>Created if missing.</summary>
    [Required]
    public required string Directory { get; init; }

    /// <summary>Size in bytes at which a new file is started. 64 MiB hold some 200,000 entries. At least 1 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>Number of files kept; older ones are deleted. At least 1.</summary>
    [Setting("Number of recording files kept; older ones are deleted", Name = "record-files", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxFiles { get; init; } = 16;

    /// <summary>Limit of entries that wait for the disk; beyond it recording pauses. At least 16.</summary>
    [Setting("Maximum number of entries waiting for the disk; when there are more, recording pauses", Name = "record-queue-length")]
    [Range(16, int.MaxValue)]
    public int QueueLength { get; init; } = 65_536;
}

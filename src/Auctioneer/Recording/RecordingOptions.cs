using System.ComponentModel.DataAnnotations;
using Scheduler.Hosting.Settings;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Where the auctioneer takes down what its auctions are told, and how much of it is kept.</summary>
public sealed record RecordingOptions
{
    /// <summary>Is made when it is not there.</summary>
    [Required]
    public required string Directory { get; init; }

    /// <summary>A file that has reached this is followed by another, in bytes. 64 MiB hold some 200,000 entries. At least 1 MiB.</summary>
    [Range(1 << 20, long.MaxValue)]
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>The oldest files beyond this number are deleted. At least 1.</summary>
    [Setting("Number of recording files kept; older ones are deleted", Name = "record-files", Common = true)]
    [Range(1, int.MaxValue)]
    public int MaxFiles { get; init; } = 16;

    /// <summary>Entries that may wait for the disk; with more the recording pauses. At least 16.</summary>
    [Setting("Entries that may wait for the disk; when there are more, recording pauses", Name = "record-queue-length")]
    [Range(16, int.MaxValue)]
    public int QueueLength { get; init; } = 65_536;
}

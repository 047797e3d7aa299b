using Scheduler.Models;

namespace Scheduler.Auctioneer.Recording;

/// <summary>Where the auctioneer takes down what its auctions are told, and how much of it is kept.</summary>
public sealed record RecordingOptions
{
    /// <summary>Is made when it is not there.</summary>
    public required string Directory { get; init; }

    /// <summary>A file that has reached this is followed by another, in bytes. 64 MiB hold some 200,000 entries. At least 1 MiB.</summary>
    public long MaxFileBytes { get; init; } = 64 << 20;

    /// <summary>The oldest files beyond this number are deleted. At least 1.</summary>
    public int MaxFiles { get; init; } = 16;

    /// <summary>Entries that may wait for the disk; with more the recording pauses. At least 16.</summary>
    public int QueueLength { get; init; } = 65_536;

    /// <summary>The rule that a value breaks, or null.</summary>
    public DomainError? Validate() =>
        string.IsNullOrEmpty(Directory) ? DomainError.Invalid("record", "must name a directory")
        : MaxFileBytes < 1 << 20 ? DomainError.Invalid("record_file_size", "must be at least 1 MiB")
        : MaxFiles < 1 ? DomainError.Invalid("record_files", "must be at least 1")
        : QueueLength < 16 ? DomainError.Invalid("record_queue_length", "must be at least 16")
        : null;
}

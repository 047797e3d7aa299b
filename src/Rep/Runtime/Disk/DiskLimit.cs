using System.Text.Json.Serialization;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>The limit of what a container may write on top of its image.</summary>
/// <param name="Megabytes">0: unlimited.</param>
/// <param name="Inodes">Files, directories and links; 0: unlimited.</param>
internal readonly record struct DiskLimit(int Megabytes, long Inodes)
{
    /// <summary>
    /// One inode per block. More would only allow empty files, and their inodes would take more of a volume than the sixteenth
    /// that these take.
    /// </summary>
    private const long InodesPerMegabyte = 256;

    /// <summary>The root filesystem's own few directories need some inodes, however small the disk is.</summary>
    private const long LeastInodes = 1_024;

    public static readonly DiskLimit None;

    [JsonIgnore]
    public bool IsSet => Megabytes > 0;

    [JsonIgnore]
    public long Bytes => (long)Megabytes << 20;

    /// <summary>
    /// The limit of a container. The size of its image is subtracted, as Diego does for images that are not preloaded on the cell.
    /// </summary>
    /// <param name="diskMb">As desired; 0: not set.</param>
    /// <param name="defaultMb">Used if <paramref name="diskMb"/> is 0; 0: no limit.</param>
    /// <param name="imageBytes">Size of the unpacked image; 0 for a preloaded one.</param>
    /// <param name="mostInodes">The cell's maximum.</param>
    /// <exception cref="Models.DomainException">The image takes all of the desired disk.</exception>
    public static DiskLimit Of(int diskMb, int defaultMb, long imageBytes, long mostInodes)
    {
        if (diskMb == 0)
            return defaultMb == 0 ? None : new DiskLimit(defaultMb, InodesFor(defaultMb, mostInodes));
        var imageMb = (int)Math.Min(int.MaxValue, (imageBytes + (1 << 20) - 1) >> 20);
        if (imageMb >= diskMb)
            throw Models
                .DomainError.Invalid("disk_mb", $"must be more than the {imageMb} MB that the image takes, and is {diskMb}")
                .ToException();
        var left = diskMb - imageMb;
        return new DiskLimit(left, InodesFor(left, mostInodes));
    }

    private static long InodesFor(int megabytes, long most) => Math.Min(most, Math.Max(LeastInodes, megabytes * InodesPerMegabyte));
}

/// <summary>What a container has written on top of its image.</summary>
internal readonly record struct DiskUse(long Bytes, long Inodes)
{
    /// <summary>A program that hit the limit may have deleted some files before it ended.</summary>
    private const long Spare = 256 << 10;

    /// <summary>Text that says which limit is reached, to explain why the container ended; null if none is.</summary>
    public string? Shortage(DiskLimit limit)
    {
        if (!limit.IsSet)
            return null;
        if (Bytes >= limit.Bytes - Math.Min(Spare, limit.Bytes / 50))
            return $"disk limit of {limit.Megabytes} MB reached";
        return limit.Inodes > 0 && Inodes >= limit.Inodes ? $"limit of {limit.Inodes} files reached" : null;
    }
}

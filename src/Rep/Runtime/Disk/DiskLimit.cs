using System.Text.Json.Serialization;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>What a container may write over its image.</summary>
/// <param name="Megabytes">0: as much as there is.</param>
/// <param name="Inodes">Files, directories and links; 0: as many as there is room for.</param>
internal readonly record struct DiskLimit(int Megabytes, long Inodes)
{
    /// <summary>One for each block: more could only be empty files, and their inodes would take more of a volume than the sixteenth that these take.</summary>
    private const long InodesPerMegabyte = 256;

    /// <summary>A root filesystem's own few directories need some, however small the disk is.</summary>
    private const long LeastInodes = 1_024;

    public static readonly DiskLimit None;

    [JsonIgnore]
    public bool IsSet => Megabytes > 0;

    [JsonIgnore]
    public long Bytes => (long)Megabytes << 20;

    /// <summary>The limit of a container: what its image takes is not left to write, as Diego counts it for images that are no stack of the cell's.</summary>
    /// <param name="diskMb">As desired; 0: it names none.</param>
    /// <param name="defaultMb">For one that names none; 0: no limit.</param>
    /// <param name="imageBytes">What the unpacked image takes; 0 for a preloaded one.</param>
    /// <param name="mostInodes">The cell's bound.</param>
    /// <exception cref="Models.DomainException">The image alone is larger than what was asked for.</exception>
    public static DiskLimit Of(int diskMb, int defaultMb, long imageBytes, long mostInodes)
    {
        if (diskMb == 0) return defaultMb == 0 ? None : new DiskLimit(defaultMb, InodesFor(defaultMb, mostInodes));
        var imageMb = (int)Math.Min(int.MaxValue, (imageBytes + (1 << 20) - 1) >> 20);
        if (imageMb >= diskMb)
            throw Models.DomainError.Invalid(
                "disk_mb", $"must be more than the {imageMb} MB that the image takes, and is {diskMb}").ToException();
        var left = diskMb - imageMb;
        return new DiskLimit(left, InodesFor(left, mostInodes));
    }

    private static long InodesFor(int megabytes, long most) => Math.Min(most, Math.Max(LeastInodes, megabytes * InodesPerMegabyte));
}

/// <summary>What a container has written over its image.</summary>
internal readonly record struct DiskUse(long Bytes, long Inodes)
{
    /// <summary>A program that met the limit may have cleaned up a little before it ended.</summary>
    private const long Spare = 256 << 10;

    /// <summary>Says that the limit is reached, for whoever wonders why the container ended; null when it is not.</summary>
    public string? Shortage(DiskLimit limit)
    {
        if (!limit.IsSet) return null;
        if (Bytes >= limit.Bytes - Math.Min(Spare, limit.Bytes / 50)) return $"disk limit of {limit.Megabytes} MB reached";
        return limit.Inodes > 0 && Inodes >= limit.Inodes ? $"limit of {limit.Inodes} files reached" : null;
    }
}

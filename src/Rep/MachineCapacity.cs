using Scheduler.Models;

namespace Scheduler.Rep;

/// <summary>A cell's default capacity: the machine's memory, and the free space on its disk.</summary>
internal static class MachineCapacity
{
    /// <param name="measuredDiskMb">Free space before the cell's containers wrote to the disk; null: use the current free space.</param>
    public static Resources Of(RepOptions options, int? measuredDiskMb) =>
        new(
            options.MemoryMb ?? InMb(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
            options.DiskMb ?? measuredDiskMb ?? FreeDiskMb(options.StateDirectory),
            options.MaxContainers
        );

    /// <summary>Free space in MB on the directory's disk, at least 1.</summary>
    public static int FreeDiskMb(string directory) => Math.Max(1, InMb(FreeBytes(directory)));

    private static long FreeBytes(string directory)
    {
        // If the directory does not exist yet, its nearest existing parent is on the same disk.
        var place = new DirectoryInfo(directory.Length > 0 ? directory : "/");
        while (!place.Exists && place.Parent is { } parent)
            place = parent;
        return new DriveInfo(place.FullName).AvailableFreeSpace;
    }

    private static int InMb(long bytes) => (int)Math.Min(bytes >> 20, int.MaxValue);
}

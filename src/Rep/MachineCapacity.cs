using Scheduler.Models;

namespace Scheduler.Rep;

/// <summary>What a cell has when its options do not say: the machine's memory, and what is free on its disk.</summary>
internal static class MachineCapacity
{
    /// <param name="measuredDiskMb">What was free before the cell's containers wrote to it; null: what is free now.</param>
    public static Resources Of(RepOptions options, int? measuredDiskMb) => new(
        options.MemoryMb ?? InMb(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        options.DiskMb ?? measuredDiskMb ?? FreeDiskMb(options.StateDirectory),
        options.MaxContainers);

    /// <summary>On the disk of that directory, at least 1.</summary>
    public static int FreeDiskMb(string directory) => Math.Max(1, InMb(FreeBytes(directory)));

    private static long FreeBytes(string directory)
    {
        // The directory may not exist yet; its nearest parent is on the same disk.
        var place = new DirectoryInfo(directory.Length > 0 ? directory : "/");
        while (!place.Exists && place.Parent is { } parent) place = parent;
        return new DriveInfo(place.FullName).AvailableFreeSpace;
    }

    private static int InMb(long bytes) => (int)Math.Min(bytes >> 20, int.MaxValue);
}

using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

/// <summary>What a cell has when its options do not say: the machine's memory, and what is free on its disk.</summary>
internal static class MachineCapacity
{
    public static Resources Of(RepOptions options) => new(
        options.MemoryMb ?? InMb(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes),
        options.DiskMb ?? InMb(FreeBytes(options.StateDirectory)),
        options.MaxContainers);

    private static long FreeBytes(string directory)
    {
        // The directory may not exist yet; its nearest parent is on the same disk.
        var place = new DirectoryInfo(directory.Length > 0 ? directory : "/");
        while (!place.Exists && place.Parent is { } parent) place = parent;
        return new DriveInfo(place.FullName).AvailableFreeSpace;
    }

    private static int InMb(long bytes) => (int)Math.Min(bytes >> 20, int.MaxValue);
}

using System.IO.Enumeration;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Plain directories without a limit on writes. Usage is measured by walking the files.</summary>
internal sealed class PlainDisks(DiskQuotaMode mode) : IContainerDisks
{
    public DiskQuotaMode Mode => mode;

    public Task MakeAsync(ContainerPaths paths, DiskLimit limit, CancellationToken cancellation)
    {
        Directory.CreateDirectory(paths.Volume);
        return Task.CompletedTask;
    }

    public DiskUse Use(ContainerPaths paths) => Walk(paths.Upper);

    public void Release(ContainerPaths paths) { }

    /// <summary>Counts blocks, not lengths: a sparse file takes no space. A file with several names counts once.</summary>
    public static DiskUse Walk(string directory)
    {
        if (!Directory.Exists(directory))
            return default;
        var several = new HashSet<ulong>();
        var (bytes, inodes) = (0L, 0L);
        var everything = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.None,
            IgnoreInaccessible = true,
        };
        var paths = new FileSystemEnumerable<string>(directory, (ref FileSystemEntry entry) => entry.ToFullPath(), everything)
        {
            // Do not follow links: the target is outside, or counted already.
            ShouldRecursePredicate = (ref FileSystemEntry entry) => (entry.Attributes & FileAttributes.ReparsePoint) == 0,
        };
        foreach (var path in paths)
        {
            // Null: deleted in the meantime.
            if (Native.Stat(path) is not { } facts || (facts.Links > 1 && !facts.IsDirectory && !several.Add(facts.Inode)))
                continue;
            bytes += facts.Blocks * 512;
            inodes++;
        }

        return new DiskUse(bytes, inodes);
    }
}

using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>Usage of a file system.</summary>
internal readonly record struct FileSystemRoom(long UsedBytes, long UsedInodes)
{
    /// <summary>Null if the path does not exist.</summary>
    public static FileSystemRoom? Of(string path)
    {
        // struct statfs of 64-bit machines: type, block size, blocks, free blocks, available blocks, files, free files, …
        var buffer = new byte[120];
        if (Native.FileSystemStatus(path, buffer) != 0)
            return null;
        long Field(int index) => BitConverter.ToInt64(buffer, index * 8);
        return new FileSystemRoom((Field(2) - Field(3)) * Field(1), Field(5) - Field(6));
    }
}

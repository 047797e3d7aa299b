using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>
/// An empty file system of one size, stored as its few non-zero blocks. Creating a file system takes a program and some milliseconds;
/// writing this copy takes less than one.
/// </summary>
internal sealed class VolumeTemplate
{
    private const int InodeBytes = 256;
    private readonly long _size;
    private readonly List<(long Offset, byte[] Content)> _blocks;

    private VolumeTemplate(long size, List<(long, byte[])> blocks) => (_size, _blocks) = (size, blocks);

    /// <exception cref="ContainerRuntimeException">mkfs failed, or the disk is full.</exception>
    public static async Task<VolumeTemplate> MakeAsync(string mkfs, string directory, DiskLimit limit, Commands commands)
    {
        var path = Path.Combine(directory, $"template-{Guid.NewGuid():N}");
        try
        {
            var size = SizeFor(limit);
            using (var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
                RandomAccess.SetLength(file, size);
            string[] arguments =
            [
                "-q",
                "-F",
                "-b",
                "4096",
                "-I",
                InodeBytes.ToString(CultureInfo.InvariantCulture),
                "-N",
                limit.Inodes.ToString(CultureInfo.InvariantCulture),
                "-m",
                "0",
                "-O",
                "^has_journal,^resize_inode,sparse_super2",
                "-E",
                "nodiscard,lazy_itable_init=1,packed_meta_blocks=1,num_backup_sb=0,root_owner=0:0",
                path,
            ];
            await commands.RunCheckedAsync(mkfs, arguments, CancellationToken.None);
            using var made = File.OpenHandle(path);
            return new VolumeTemplate(size, Read(made));
        }
        catch (IOException failure)
        {
            throw new ContainerRuntimeException($"cannot create a volume below {directory}: {failure.Message}", failure);
        }
        finally
        {
            File.Delete(path);
        }
    }

    public void Write(string path)
    {
        try
        {
            // Only the cell may read what a container has written.
            using var file = new FileStream(
                path,
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                }
            );
            file.SetLength(_size);
            foreach (var (offset, content) in _blocks)
                RandomAccess.Write(file.SafeFileHandle, content, offset);
        }
        catch (IOException failure)
        {
            throw new ContainerRuntimeException($"cannot write the volume {path}: {failure.Message}", failure);
        }
    }

    /// <summary>The size limit plus the file system's overhead: inodes, bitmaps, and the blocks that ext4 reserves.</summary>
    internal static long SizeFor(DiskLimit limit)
    {
        const long reserveMost = 16 << 20;
        var inodes = limit.Inodes * InodeBytes;
        var reserve = Math.Min(reserveMost, limit.Bytes / 48);
        var maps = (64 << 10) + limit.Bytes / 8_192;
        return (limit.Bytes + inodes + reserve + maps + 0xFFFF) & ~0xFFFFL;
    }

    private static List<(long Offset, byte[] Content)> Read(SafeFileHandle file)
    {
        var blocks = new List<(long, byte[])>();
        var at = Native.SeekData(file, 0);
        while (at is { } begin)
        {
            var end = Native.SeekHole(file, begin);
            var content = new byte[end - begin];
            var read = 0;
            while (read < content.Length)
            {
                var more = RandomAccess.Read(file, content.AsSpan(read), begin + read);
                if (more == 0)
                    break;
                read += more;
            }

            blocks.Add((begin, content));
            at = Native.SeekData(file, end);
        }

        return blocks;
    }
}

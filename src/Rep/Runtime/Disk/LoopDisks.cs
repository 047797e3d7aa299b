using System.Collections.Concurrent;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Disk;

/// <summary>
/// Disk limits by a separate file system for each container, which holds only that much however it is written. The loop device is
/// released with its mount or, before it is mounted, with its open descriptor: a rep killed in between leaves no device behind.
/// </summary>
internal sealed class LoopDisks(string mkfs, string directory, Commands commands) : IContainerDisks
{
    /// <summary>Each template takes about 150 KB of memory; the LRPs of one cell rarely have more sizes.</summary>
    private const int MostTemplates = 32;

    private readonly ConcurrentDictionary<DiskLimit, Task<VolumeTemplate>> _templates = [];

    public DiskQuotaMode Mode => DiskQuotaMode.Loop;

    /// <exception cref="ContainerRuntimeException">This machine does not support volumes; the message says why.</exception>
    public async Task ProveAsync(CancellationToken cancellation)
    {
        var paths = new ContainerPaths(Path.Combine(directory, "probe"), "");
        try
        {
            Directory.CreateDirectory(paths.Root);
            await MakeAsync(paths, new DiskLimit(1, 1_024), cancellation);
        }
        finally
        {
            Mounts.Remove(paths.Volume);
            if (Directory.Exists(paths.Root))
                Directory.Delete(paths.Root, recursive: true);
        }
    }

    public async Task MakeAsync(ContainerPaths paths, DiskLimit limit, CancellationToken cancellation)
    {
        Directory.CreateDirectory(paths.Volume);
        if (!limit.IsSet)
            return;
        var template = await TemplateAsync(limit).WaitAsync(cancellation);
        await OnOwnThread.RunAsync(() =>
        {
            template.Write(paths.VolumeFile);
            using var device = LoopDevice.Attach(paths.VolumeFile);

            // The inode tables are already zero. These files are not read after a crash of the machine. Space of files that the container
            // deletes is returned to the volume's host file system.
            if (
                Native.Mount(
                    device.Path,
                    paths.Volume,
                    "ext4",
                    Native.MountNoDevices | Native.MountNoSetUser | Native.MountNoAccessTimes,
                    "noinit_itable,discard,errors=continue"
                ) == 0
            )
                return;
            var error = new Win32Exception(Marshal.GetLastPInvokeError());
            throw new ContainerRuntimeException($"cannot mount the volume {paths.VolumeFile}: {error.Message}", error);
        });
    }

    public DiskUse Use(ContainerPaths paths)
    {
        if (!File.Exists(paths.VolumeFile))
            return PlainDisks.Walk(paths.Upper);
        return FileSystemRoom.Of(paths.Volume) is { } room ? new DiskUse(room.UsedBytes, room.UsedInodes) : default;
    }

    public void Release(ContainerPaths paths) { }

    private async Task<VolumeTemplate> TemplateAsync(DiskLimit limit)
    {
        if (_templates.Count >= MostTemplates)
            _templates.Clear();
        var making = _templates.GetOrAdd(limit, size => VolumeTemplate.MakeAsync(mkfs, directory, size, commands));
        try
        {
            return await making;
        }
        catch
        {
            // Do not cache the failure: a full disk is temporary.
            _templates.TryRemove(new(limit, making));
            throw;
        }
    }
}

using System.Collections.Concurrent;
using System.ComponentModel;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
{
    private readonly ConcurrentDictionary<string, (DiskUse Use, DateTimeOffset At)> _diskUse = [];

    public Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation) =>
        Task.FromResult(ContainerFiles.Read(Known(handle), Machine.Paths.Container(handle), path, maxBytes));

    public Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation)
    {
        var record = Known(handle);
        var paths = Machine.Paths.Container(handle);
        var cgroups = Machine.Cgroups;
        var (received, sent) = ContainerFiles.NetworkTraffic(record.Holder);
        var disk = DiskUseOf(handle, paths);
        return Task.FromResult(
            new ContainerMetrics
            {
                Cpu = cgroups.CpuUsed(paths.Cgroup),
                MemoryBytes = cgroups.MemoryUsed(paths.Cgroup),
                MemoryLimitBytes = (long)record.Spec.Limits.MemoryMb << 20,
                Pids = cgroups.Pids(paths.Cgroup),
                DiskBytes = disk.Bytes,
                DiskLimitBytes = record.Disk.Bytes,
                Inodes = disk.Inodes,
                OutOfMemoryKills = cgroups.OutOfMemoryKills(paths.Cgroup) ?? 0,
                ReceivedBytes = received,
                SentBytes = sent,
            }
        );
    }

    public Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation)
    {
        var known = ContainerSpecRules.IsId(handle) ? Record(handle) : null;
        if (known is null || Machine.Disks.Mode == DiskQuotaMode.Off)
            return Task.FromResult<string?>(null);
        if (_overDisk.TryGetValue(handle, out var told))
            return Task.FromResult<string?>(told);
        try
        {
            return Task.FromResult(Machine.Disks.Use(Machine.Paths.Container(handle)).Shortage(known.Disk));
        }
        catch (Exception failure)
            when (failure is IOException or UnauthorizedAccessException or Win32Exception or ContainerRuntimeException)
        {
            // A failed measurement must not hide the reason that this would be added to.
            log.DiskNotMeasured(failure, handle);
            return Task.FromResult<string?>(null);
        }
    }

    /// <summary>Cached, because walking the files takes time; a container's own volume knows its usage at once.</summary>
    private DiskUse DiskUseOf(string handle, ContainerPaths paths)
    {
        var now = time.GetUtcNow();
        if (_diskUse.TryGetValue(handle, out var known) && now - known.At < options.DiskUsageInterval)
            return known.Use;
        var use = Machine.Disks.Use(paths);
        _diskUse[handle] = (use, now);
        return use;
    }
}

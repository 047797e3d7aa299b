using System.Collections.Concurrent;
using System.ComponentModel;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;
using Scheduler.Rep.Runtime.Runc;

namespace Scheduler.Rep.Runtime.Docker;

public sealed partial class DockerRuntime : IContainerRoots
{
    private readonly ConcurrentDictionary<string, (DiskUse Use, DateTimeOffset At)> _diskUse = [];

    /// <summary>Containers that were killed for exceeding their disk limit, with the reported reason.</summary>
    private readonly ConcurrentDictionary<string, string> _overDisk = [];

    private DiskQuotaMode DiskMode => options.DiskQuota == DiskQuotaMode.Off ? DiskQuotaMode.Off : DiskQuotaMode.Watch;

    public async Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation)
    {
        var container = await RequireAsync(handle, cancellation);
        return ContainerFiles.Read(container.Record, container.Paths, path, maxBytes);
    }

    ContainerRoot IContainerRoots.OpenRoot(string handle, string user) =>
        _known.TryGetValue(handle, out var container)
            ? ContainerFiles.OpenRoot(container.Record, container.Paths, user)
            : throw DomainError.NotFound($"container {handle}").ToException();

    public async Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation)
    {
        var container = await RequireAsync(handle, cancellation);
        var (cgroups, cgroup) = (Cell.Tools.Cgroups, container.Paths.Cgroup);
        var (received, sent) = ContainerFiles.NetworkTraffic(container.Record.Init);
        var disk = DiskUseOf(container);
        return new ContainerMetrics
        {
            Cpu = cgroups.CpuUsed(cgroup),
            MemoryBytes = cgroups.MemoryUsed(cgroup),
            MemoryLimitBytes = (long)container.Record.Spec.Limits.MemoryMb << 20,
            Pids = cgroups.Pids(cgroup),
            DiskBytes = disk.Bytes,
            DiskLimitBytes = container.Record.Disk.Bytes,
            Inodes = disk.Inodes,
            OutOfMemoryKills = cgroups.OutOfMemoryKills(cgroup) ?? 0,
            ReceivedBytes = received,
            SentBytes = sent,
        };
    }

    public Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation)
    {
        if (DiskMode == DiskQuotaMode.Off || !_known.TryGetValue(handle, out var container))
            return Task.FromResult<string?>(null);
        if (_overDisk.TryGetValue(handle, out var told))
            return Task.FromResult<string?>(told);
        try
        {
            return Task.FromResult(Measure(container).Shortage(container.Record.Disk));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Win32Exception)
        {
            // A failed measurement must not hide the reason that this would be added to.
            log.DiskNotMeasured(failure, handle);
            return Task.FromResult<string?>(null);
        }
    }

    /// <summary>Cached, because walking the files takes time.</summary>
    private DiskUse DiskUseOf(EngineContainer container)
    {
        var (handle, now) = (container.Record.Spec.Handle, time.GetUtcNow());
        if (_diskUse.TryGetValue(handle, out var known) && now - known.At < options.DiskUsageInterval)
            return known.Use;
        var use = Measure(container);
        _diskUse[handle] = (use, now);
        return use;
    }

    private static DiskUse Measure(EngineContainer container)
    {
        var (bytes, inodes) = (0L, 0L);
        foreach (var directory in container.Writable)
        {
            var use = PlainDisks.Walk(directory);
            (bytes, inodes) = (bytes + use.Bytes, inodes + use.Inodes);
        }

        return new DiskUse(bytes, inodes);
    }

    /// <summary>Kills containers that exceed their disk limits: the engine does not limit what they write.</summary>
    private async Task WatchDisksAsync(CancellationToken stopping)
    {
        if (DiskMode == DiskQuotaMode.Off)
            return;
        try
        {
            while (true)
            {
                await Task.Delay(options.DiskWatchInterval, time, stopping);
                foreach (var container in _known.Values)
                    WatchDisk(container);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // the rep is shutting down
        }
    }

    private void WatchDisk(EngineContainer container)
    {
        var (handle, limit) = (container.Record.Spec.Handle, container.Record.Disk);
        if (!limit.IsSet || !container.Record.Init.IsAlive())
            return;
        try
        {
            var use = Measure(container);
            _diskUse[handle] = (use, time.GetUtcNow());
            if (use.Bytes <= limit.Bytes && use.Inodes <= limit.Inodes)
                return;
            _overDisk[handle] = use.Shortage(limit)!;
            log.DiskExceeded(handle, use.Bytes, limit.Megabytes);
            Native.Signal(container.Record.Init, (int)ProcessSignal.Kill); // and with it all that runs in the container
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or Win32Exception)
        {
            log.DiskNotMeasured(failure, handle);
        }
    }
}

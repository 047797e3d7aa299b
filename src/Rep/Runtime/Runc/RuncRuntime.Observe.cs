using System.Collections.Concurrent;
using System.ComponentModel;
using System.Globalization;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Disk;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public sealed partial class RuncRuntime
{
    private readonly ConcurrentDictionary<string, (DiskUse Use, DateTimeOffset At)> _diskUse = [];

    public Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation)
    {
        if (path is not ['/', ..] || path.Contains('\0'))
            throw DomainError.Invalid("result_file", "must be an absolute path").ToException();
        var record = Known(handle);

        // The first process's root shows the files as the container sees them, including its mounts.
        var root = record.Init.IsAlive()
            ? string.Create(CultureInfo.InvariantCulture, $"/proc/{record.Init.Pid}/root")
            : Machine.Paths.Container(handle).RootFs;
        try
        {
            using var file =
                Native.OpenInRoot(root, path, out var facts)
                ?? throw DomainError.NotFound($"file {path} of container {handle}").ToException();
            if (!facts.IsRegular)
                throw DomainError.Invalid("result_file", $"must be a regular file ({path} is not)").ToException();

            // Read one byte more than allowed: this detects a file that is too large, whatever size it reports.
            var content = new byte[maxBytes + 1];
            var length = 0;
            while (length < content.Length && RandomAccess.Read(file, content.AsSpan(length), length) is > 0 and var read)
                length += read;
            if (length > maxBytes)
                throw DomainError.Invalid("result_file", $"must be at most {maxBytes} bytes").ToException();
            return Task.FromResult(content[..length]);
        }
        catch (Win32Exception error)
        {
            throw DomainError.Invalid("result_file", $"cannot be read: {path}: {error.Message}").ToException();
        }
    }

    public Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation)
    {
        var record = Known(handle);
        var paths = Machine.Paths.Container(handle);
        var cgroups = Machine.Cgroups;
        var (received, sent) = NetworkTraffic(record.Holder);
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

    /// <summary>
    /// Sum over all interfaces except loopback, from /proc/PID/net/dev: received is the 1st number after the name, sent the 9th.
    /// </summary>
    private static (long Received, long Sent) NetworkTraffic(ProcessIdentity init)
    {
        var (received, sent) = (0L, 0L);
        try
        {
            foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{init.Pid}/net/dev")).Skip(2))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0 || line.AsSpan(0, colon).Trim() is "lo")
                    continue;
                var numbers = line[(colon + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                received += long.Parse(numbers[0], CultureInfo.InvariantCulture);
                sent += long.Parse(numbers[8], CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // the container has stopped
        }

        return (received, sent);
    }
}

using System.Collections.Concurrent;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
{
    /// <summary>Containers that were killed for exceeding their disk limit, with the reported reason.</summary>
    private readonly ConcurrentDictionary<string, string> _overDisk = [];

    /// <summary>If nothing enforces disk limits on writes, kills containers that exceed them.</summary>
    private async Task WatchDisksAsync(CancellationToken cancellation)
    {
        if (Machine.Disks.Mode != DiskQuotaMode.Watch)
            return;
        try
        {
            while (true)
            {
                await Task.Delay(options.DiskWatchInterval, time, cancellation);
                foreach (var handle in Handles())
                {
                    try
                    {
                        WatchDisk(handle);
                    }
                    catch (Exception failure)
                        when (failure is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
                    {
                        log.DiskNotMeasured(failure, handle);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // the rep is shutting down
        }
    }

    private void WatchDisk(string handle)
    {
        if (Record(handle) is not { Complete: true } record || !record.Disk.IsSet)
            return;
        var use = Machine.Disks.Use(Machine.Paths.Container(handle));
        _diskUse[handle] = (use, time.GetUtcNow());
        if (use.Bytes <= record.Disk.Bytes && use.Inodes <= record.Disk.Inodes)
            return;
        _overDisk[handle] = use.Shortage(record.Disk)!;
        log.DiskExceeded(handle, use.Bytes, record.Disk.Megabytes);
        Native.Signal(record.Holder, (int)ProcessSignal.Kill); // and with it, the kernel sees to that, all that runs in the container
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Scheduler.Rep.Runtime.Disk;

namespace Scheduler.Rep.Runtime.Runc;

/// <summary>The processes that this rep has started or found. Those that an earlier rep started are found in their directories.</summary>
internal sealed class ProcessTable(TimeSpan checkInterval, TimeProvider time, ILogger log) : IDisposable
{
    private readonly ConcurrentDictionary<(string Handle, string Id), SupervisedProcess> _processes = [];

    /// <summary>The process if it was ever started. Calls about the same container must not overlap.</summary>
    /// <param name="find">Looks into the process's directory.</param>
    public async Task<SupervisedProcess?> FindAsync(string handle, string id, ContainerPaths container, Func<Task<SupervisedProcess?>> find)
    {
        if (_processes.TryGetValue((handle, id), out var known))
            return known;
        if (!Directory.Exists(container.Process(id).Root))
            return null;
        return await find() is { } found ? Remember(handle, found) : null;
    }

    public SupervisedProcess Remember(string handle, SupervisedProcess process)
    {
        _processes[(handle, process.Id)] = process;
        return process;
    }

    /// <summary>Ends the processes of a container that is gone, so that callers stop waiting for them.</summary>
    public void Forget(string handle)
    {
        foreach (var (key, process) in _processes)
        {
            if (key.Handle != handle || !_processes.TryRemove(key, out _))
                continue;
            process.EndForGood();
            process.Dispose();
        }
    }

    /// <summary>Notices supervisors that were killed, until it is cancelled.</summary>
    public async Task WatchSupervisorsAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(checkInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                foreach (var process in _processes.Values)
                    CheckSupervisor(process);
            }
        }
        catch (OperationCanceledException)
        {
            // the runtime is being disposed
        }
    }

    public void Dispose()
    {
        foreach (var process in _processes.Values)
            process.Dispose();
    }

    private void CheckSupervisor(SupervisedProcess process)
    {
        try
        {
            process.CheckSupervisor();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            log.SupervisorCheckFailed(failure);
        }
    }
}

using System.Runtime.CompilerServices;
using Scheduler.Models;

namespace Scheduler.Rep.Runtime.Runc;

public sealed partial class RuncRuntime
{
    public async Task<IContainerProcess> StartProcessAsync(
        string handle,
        string processId,
        ProcessSpec spec,
        CancellationToken cancellation
    )
    {
        ContainerSpecRules.Check(processId, spec);
        using var gate = await _gates.EnterAsync(handle, cancellation);
        var record = Known(handle);
        if (await FindAsync(handle, processId, cancellation) is { } existing)
            return existing;
        if (!record.Complete || !record.Init.IsAlive())
            throw new ContainerRuntimeException($"container {handle} cannot start processes: it is {Info(record).State}");

        var process = await new ProcessStarter(Machine).StartAsync(processId, record, Machine.Paths.Container(handle), spec, cancellation);
        return Remember(handle, process);
    }

    public async Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation)
    {
        if (!ContainerSpecRules.IsId(handle) || !ContainerSpecRules.IsId(processId))
            return null;
        using var gate = await _gates.EnterAsync(handle, cancellation);
        return await FindAsync(handle, processId, cancellation);
    }

    public async IAsyncEnumerable<LogLine> LogsAsync(
        string handle,
        string processId,
        LogCursor from,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        Known(handle);
        if (await FindProcessAsync(handle, processId, cancellation) is not ConmonProcess process)
            throw DomainError.NotFound($"process {processId} of container {handle}").ToException();
        await foreach (var line in ConmonLogReader.ReadAsync(process, from, follow, cancellation))
            yield return line;
    }

    private async Task<ConmonProcess?> FindAsync(string handle, string processId, CancellationToken cancellation)
    {
        if (_processes.TryGetValue((handle, processId), out var known))
            return known;
        var container = Machine.Paths.Container(handle);
        if (!Directory.Exists(container.Process(processId).Root))
            return null;
        return await new ProcessStarter(Machine).FindAsync(processId, container, cancellation) is { } found
            ? Remember(handle, found)
            : null;
    }

    private ConmonProcess Remember(string handle, ConmonProcess process)
    {
        _processes[(handle, process.Id)] = process;
        return process;
    }

    /// <summary>Ends the processes of a container that is gone, so that callers stop waiting for them.</summary>
    private void Forget(string handle)
    {
        foreach (var (key, process) in _processes)
        {
            if (key.Handle != handle || !_processes.TryRemove(key, out _))
                continue;
            process.EndForGood();
            process.Dispose();
        }
    }

    private async Task WatchSupervisorsAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.SupervisorCheckInterval, time);
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

    private void CheckSupervisor(ConmonProcess process)
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

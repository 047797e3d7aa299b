using System.Runtime.CompilerServices;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

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
        if (!record.Complete || !record.Holder.IsAlive())
            throw new ContainerRuntimeException($"container {handle} cannot start processes: it is {Info(record).State}");

        var paths = Machine.Paths.Container(handle);
        var unstarted = record.Pause.Pid > 0 && !Directory.Exists(Path.Combine(Machine.Paths.Runc, handle));
        var first = unstarted && processId == record.Spec.MainProcess;
        if (unstarted && !first)
        {
            record = record with { Init = await Creator.RunWaitingAsync(record, paths, cancellation) };
            ContainerCreator.Write(paths, record);
        }

        var process = await new ProcessStarter(Machine, Creator).StartAsync(processId, record, paths, spec, first, cancellation);
        if (first)
            ContainerCreator.Write(paths, record with { Init = ProcessIdentity.Of(process.Pid) ?? default });
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
        return await new ProcessStarter(Machine, Creator).FindAsync(processId, container, cancellation) is { } found
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

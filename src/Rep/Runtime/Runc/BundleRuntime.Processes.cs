using System.Runtime.CompilerServices;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Linux;

namespace Scheduler.Rep.Runtime.Runc;

public abstract partial class BundleRuntime
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
        var unstarted = record.Pause.Pid > 0 && !Engine.IsStarted(handle);
        var first = unstarted && processId == record.Spec.MainProcess;
        if (unstarted && !first)
        {
            record = record with { Init = await Creator.RunWaitingAsync(record, paths, cancellation) };
            ContainerCreator.Write(paths, record);
        }

        var process = await Engine.StartAsync(processId, record, paths, spec, first, cancellation);
        if (first)
            ContainerCreator.Write(paths, record with { Init = ProcessIdentity.Of(process.Pid) ?? default });
        return _processes.Remember(handle, process);
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
        if (await FindProcessAsync(handle, processId, cancellation) is not SupervisedProcess process)
            throw DomainError.NotFound($"process {processId} of container {handle}").ToException();
        await foreach (var line in ConmonLogReader.ReadAsync(process, from, follow, cancellation))
            yield return line;
    }

    private Task<SupervisedProcess?> FindAsync(string handle, string processId, CancellationToken cancellation)
    {
        var container = Machine.Paths.Container(handle);
        return _processes.FindAsync(handle, processId, container, () => Engine.FindAsync(handle, processId, container, cancellation));
    }
}

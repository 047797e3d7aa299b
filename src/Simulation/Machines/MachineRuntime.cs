using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Machines;

/// <summary>
/// A rep's access to the containers of its machine. Operations run on the machine, not in the rep: a rep killed in the middle of a creation
/// leaves a container behind, as with a real runtime.
/// </summary>
internal sealed class MachineRuntime(VirtualProcess machine, SimulatedRuntime runtime, IContainerObserver observer) : IContainerRuntime
{
    // The product's name for the process of an action that is a single process.
    public const string MainProcess = "action";

    public Task PreflightAsync(CancellationToken cancellation) => OnMachine(() => Done(runtime.PreflightAsync(cancellation)));

    public Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation) =>
        OnMachine(() => Done(runtime.CheckHealthAsync(rootFs, probe, cancellation)));

    public Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation) =>
        OnMachine(() =>
        {
            observer.Creates(spec, runtime.Specs);
            return runtime.CreateAsync(spec, cancellation);
        });

    public Task<IContainerProcess> StartProcessAsync(string handle, string processId, ProcessSpec spec, CancellationToken cancellation) =>
        OnMachine(async () =>
        {
            var process = await runtime.StartProcessAsync(handle, processId, spec, cancellation);
            if (processId == MainProcess && await runtime.GetAsync(handle, CancellationToken.None) is { } container)
                observer.Runs(container.Spec, process);
            return Watched(handle, process);
        });

    public Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation) =>
        OnMachine<IContainerProcess?>(async () =>
            await runtime.FindProcessAsync(handle, processId, cancellation) is { } process ? Watched(handle, process) : null
        );

    public Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation) =>
        OnMachine(() => runtime.GetAsync(handle, cancellation));

    public Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation) => OnMachine(() => runtime.ListAsync(cancellation));

    public Task DestroyAsync(string handle, CancellationToken cancellation) =>
        OnMachine(async () =>
        {
            await TellStopAsync(handle, "destroys");
            await runtime.DestroyAsync(handle, cancellation);
            return true;
        });

    public Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation) =>
        OnMachine(() => runtime.ReadFileAsync(handle, path, maxBytes, cancellation));

    public Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation) =>
        OnMachine(() => runtime.MetricsAsync(handle, cancellation));

    public Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation) =>
        OnMachine(() => runtime.DiskShortageAsync(handle, cancellation));

    public IAsyncEnumerable<Scheduler.Rep.Runtime.LogLine> LogsAsync(
        string handle,
        string processId,
        LogCursor from,
        bool follow,
        CancellationToken cancellation
    ) => runtime.LogsAsync(handle, processId, from, follow, cancellation);

    public Task CleanUpAsync(CancellationToken cancellation) => OnMachine(() => Done(runtime.CleanUpAsync(cancellation)));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private IContainerProcess Watched(string handle, IContainerProcess process) =>
        process.Id == MainProcess
            ? new WatchedProcess(
                process,
                signal =>
                {
                    // The in-memory runtime completes synchronously.
                    if (signal is ProcessSignal.Terminate or ProcessSignal.Kill)
                        _ = TellStopAsync(handle, "stops");
                }
            )
            : process;

    private async Task TellStopAsync(string handle, string how)
    {
        if (await runtime.GetAsync(handle, CancellationToken.None) is not { } container)
            return;
        var main = await runtime.FindProcessAsync(handle, MainProcess, CancellationToken.None);
        if (main is { Exit.IsCompleted: false })
            observer.Stops(container, how);
    }

    private Task<T> OnMachine<T>(Func<Task<T>> operation)
    {
        var answer = new TaskCompletionSource<T>();
        machine.Post(
            async _ =>
            {
                try
                {
                    answer.SetResult(await operation());
                }
                catch (Exception failure)
                {
                    answer.SetException(failure);
                }
            },
            null
        );
        return answer.Task;
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }
}

using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A container runtime with a planted fault: what it does not override is as in the runtime that it stands before.</summary>
internal abstract class FaultyRuntime(IContainerRuntime runtime) : IContainerRuntime
{
    public Task PreflightAsync(CancellationToken cancellation) => runtime.PreflightAsync(cancellation);

    public Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation) =>
        runtime.CheckHealthAsync(rootFs, probe, cancellation);

    public virtual Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation) =>
        runtime.CreateAsync(spec, cancellation);

    public Task<IContainerProcess> StartProcessAsync(string handle, string processId, ProcessSpec spec, CancellationToken cancellation) =>
        runtime.StartProcessAsync(handle, processId, spec, cancellation);

    public Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation) =>
        runtime.FindProcessAsync(handle, processId, cancellation);

    public Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation) => runtime.GetAsync(handle, cancellation);

    public Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation) => runtime.ListAsync(cancellation);

    public virtual Task DestroyAsync(string handle, CancellationToken cancellation) => runtime.DestroyAsync(handle, cancellation);

    public Task<byte[]> ReadFileAsync(string handle, string path, int maxBytes, CancellationToken cancellation) =>
        runtime.ReadFileAsync(handle, path, maxBytes, cancellation);

    public Task<ContainerMetrics> MetricsAsync(string handle, CancellationToken cancellation) => runtime.MetricsAsync(handle, cancellation);

    public Task<string?> DiskShortageAsync(string handle, CancellationToken cancellation) =>
        runtime.DiskShortageAsync(handle, cancellation);

    public IAsyncEnumerable<Scheduler.Rep.Runtime.LogLine> LogsAsync(
        string handle,
        string processId,
        LogCursor from,
        bool follow,
        CancellationToken cancellation
    ) => runtime.LogsAsync(handle, processId, from, follow, cancellation);

    public Task CleanUpAsync(CancellationToken cancellation) => runtime.CleanUpAsync(cancellation);

    public ValueTask DisposeAsync() => runtime.DisposeAsync();
}

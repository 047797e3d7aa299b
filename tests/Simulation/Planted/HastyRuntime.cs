using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Time;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A container runtime whose creations fail if they take too long.</summary>
internal sealed class HastyRuntime(IContainerRuntime runtime, VirtualWorld world, TimeSpan patience) : IContainerRuntime
{
    public Task PreflightAsync(CancellationToken cancellation) => runtime.PreflightAsync(cancellation);

    public Task CheckHealthAsync(string rootFs, ProcessSpec probe, CancellationToken cancellation) =>
        runtime.CheckHealthAsync(rootFs, probe, cancellation);

    public async Task<ContainerInfo> CreateAsync(ContainerSpec spec, CancellationToken cancellation)
    {
        var began = world.Now;
        var created = await runtime.CreateAsync(spec, cancellation);
        return world.Now - began <= patience ? created : throw new IOException("the container took too long");
    }

    public Task<IContainerProcess> StartProcessAsync(string handle, string processId, ProcessSpec spec, CancellationToken cancellation) =>
        runtime.StartProcessAsync(handle, processId, spec, cancellation);

    public Task<IContainerProcess?> FindProcessAsync(string handle, string processId, CancellationToken cancellation) =>
        runtime.FindProcessAsync(handle, processId, cancellation);

    public Task<ContainerInfo?> GetAsync(string handle, CancellationToken cancellation) => runtime.GetAsync(handle, cancellation);

    public Task<IReadOnlyList<ContainerInfo>> ListAsync(CancellationToken cancellation) => runtime.ListAsync(cancellation);

    public Task DestroyAsync(string handle, CancellationToken cancellation) => runtime.DestroyAsync(handle, cancellation);

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

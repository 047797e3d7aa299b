using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Simulation.Planted;

/// <summary>A container runtime that reports every container as destroyed but keeps one in three.</summary>
internal sealed class KeepingRuntime(IContainerRuntime runtime) : FaultyRuntime(runtime)
{
    private readonly Dictionary<string, bool> _isKept = new(StringComparer.Ordinal);

    public override Task DestroyAsync(string handle, CancellationToken cancellation) =>
        IsKept(handle) ? Task.CompletedTask : base.DestroyAsync(handle, cancellation);

    // The same answer on every call.
    private bool IsKept(string handle)
    {
        if (!_isKept.TryGetValue(handle, out var isKept))
            _isKept.Add(handle, isKept = _isKept.Count % 3 == 2);
        return isKept;
    }
}

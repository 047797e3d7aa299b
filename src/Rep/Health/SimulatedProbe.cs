using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Health;

/// <summary>For simulated cells: nothing listens there, and all is well.</summary>
internal sealed class SimulatedProbe : ICheckProbe
{
    public Task<string?> TryAsync(CheckTarget target, Check check, CancellationToken cancellation) => Task.FromResult<string?>(null);
}

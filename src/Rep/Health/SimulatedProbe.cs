using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Health;

/// <summary>The probe of simulated cells, where nothing listens: every check passes.</summary>
internal sealed class SimulatedProbe : ICheckProbe
{
    public Task<string?> TryAsync(CheckTarget target, Check check, CancellationToken cancellation) => Task.FromResult<string?>(null);
}

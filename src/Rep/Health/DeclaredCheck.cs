using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Health;

/// <summary>A TCP or HTTP check that the work declares.</summary>
internal sealed class DeclaredCheck(ICheckProbe probe, CheckTarget? target, Check check) : HealthCheck
{
    public override TimeSpan? Interval => CheckDefaults.IntervalOf(check);

    protected override Task<string?> TryAsync(CancellationToken detach) =>
        target is null ? Task.FromResult<string?>("container has no address") : probe.TryAsync(target, check, detach);
}

using Scheduler.Contracts.V1;
using Scheduler.Rep.Health;
using Scheduler.Rep.Runtime;
using Scheduler.Rep.Steps;

namespace Scheduler.Rep.Runs;

/// <summary>Builds the health checks of a container. A check definition overrides the monitor action, even if its list is empty.</summary>
internal sealed class CheckBuilder(WorkDefinition work, RunServices services, StepContext context, ContainerInfo container)
{
    private const string DefaultLogSource = "HEALTH";

    private string LogSource => work.Lrp?.CheckDefinition?.LogSource is { Length: > 0 } source ? source : DefaultLogSource;

    private CheckTarget? Target => container.Address is { } address ? new CheckTarget(address, container.NetworkNamespace) : null;

    /// <summary>Null: no check; the container counts as running once it has started.</summary>
    public LivenessLoop? Liveness()
    {
        if (work.Lrp is not { } lrp)
            return null;
        IReadOnlyList<HealthCheck> checks = lrp switch
        {
            { CheckDefinition: { } declared } => [.. declared.Checks.Select(Declared)],
            { Monitor: { } monitor } => [new MonitorCheck(context, monitor)],
            _ => [],
        };
        return checks.Count == 0 ? null : Loop(lrp, checks);
    }

    public ReadinessLoop? Readiness() =>
        work.Lrp is { CheckDefinition.ReadinessChecks: { Count: > 0 } checks } lrp
            ? new ReadinessLoop([.. checks.Select(Declared)], Times(lrp), services.Time, context.Log, LogSource)
            : null;

    private LivenessLoop Loop(DesiredLRP lrp, IReadOnlyList<HealthCheck> checks) =>
        new(checks, Times(lrp), services.Time, context.Log, LogSource);

    private HealthTimes Times(DesiredLRP lrp) =>
        new(
            services.Options.UnhealthyInterval,
            services.Options.HealthyInterval,
            TimeSpan.FromMilliseconds((double)Math.Clamp(lrp.StartTimeoutMs, 0, int.MaxValue)),
            Monitored: lrp.CheckDefinition is null
        );

    private DeclaredCheck Declared(Check check) => new(services.Probe, Target, check);
}

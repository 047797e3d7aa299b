using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;

namespace Scheduler.Simulation.Machines;

/// <summary>Draws the delays and failures of each container.</summary>
internal sealed class ContainerScripts(Chance chance)
{
    private static readonly TimeSpan LongestTermination = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan CheckTakes = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<string> _neverHealthy = new(StringComparer.Ordinal);

    public ContainerConditions Conditions { get; set; } = ContainerConditions.Fair;

    public SimulationScript NewScript() => new() { Container = PlanContainer, Process = PlanProcess };

    private SimulatedContainerPlan PlanContainer(ContainerSpec spec)
    {
        var conditions = Conditions;
        var takes = chance.Happens(conditions.SlowProbability)
            ? chance.Between(conditions.MostCreation, conditions.MostSlow)
            : chance.Between(conditions.LeastCreation, conditions.MostCreation);
        if (chance.Happens(conditions.NeverHealthyProbability))
            _neverHealthy.Add(spec.Handle);
        return new SimulatedContainerPlan
        {
            Takes = takes,
            Failure = chance.Happens(conditions.FailureProbability) ? "no space left on device" : null,
        };
    }

    private SimulatedProcessPlan PlanProcess(ContainerSpec spec, string processId, ProcessSpec process)
    {
        var conditions = Conditions;
        TimeSpan? terminates = chance.Happens(conditions.DeafProbability) ? null : chance.Between(TimeSpan.Zero, LongestTermination);
        var plan = new SimulatedProcessPlan
        {
            StartTakes = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)),
            TerminateTakes = terminates,
        };
        return process.Path switch
        {
            WorkTraits.Check => plan with { RunsFor = CheckTakes, ExitCode = _neverHealthy.Contains(spec.Handle) ? 1 : 0 },
            _ when chance.Happens(conditions.StartFailureProbability) => plan with { StartFailure = "exec format error" },
            WorkTraits.Exit => plan with { RunsFor = WorkTraits.Duration(process.Args), ExitCode = WorkTraits.Code(process.Args) },
            WorkTraits.OutOfMemory => plan with { RunsFor = WorkTraits.Duration(process.Args), ExitCode = 137, OutOfMemory = true },
            _ => plan,
        };
    }
}

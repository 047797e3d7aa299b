using Scheduler.Rep.Runtime;
using Scheduler.Rep.Runtime.Simulated;
using Scheduler.Simulation.Workload;

namespace Scheduler.Simulation.Machines;

/// <summary>Decides, container by container, how long things take and what goes wrong.</summary>
internal sealed class ContainerScripts(Chance chance)
{
    private static readonly TimeSpan LongestTermination = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan CheckTakes = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<string> _neverHealthy = new(StringComparer.Ordinal);

    public ContainerWeather Weather { get; set; } = ContainerWeather.Fair;

    public SimulationScript NewScript() => new() { Container = PlanContainer, Process = PlanProcess };

    private SimulatedContainerPlan PlanContainer(ContainerSpec spec)
    {
        var weather = Weather;
        var takes = chance.Happens(weather.SlowProbability)
            ? chance.Between(weather.MostCreation, weather.MostSlow)
            : chance.Between(weather.LeastCreation, weather.MostCreation);
        if (chance.Happens(weather.NeverHealthyProbability)) _neverHealthy.Add(spec.Handle);
        return new SimulatedContainerPlan { Takes = takes, Failure = chance.Happens(weather.FailureProbability) ? "no space left on device" : null };
    }

    private SimulatedProcessPlan PlanProcess(ContainerSpec spec, string processId, ProcessSpec process)
    {
        var weather = Weather;
        TimeSpan? terminates = chance.Happens(weather.DeafProbability) ? null : chance.Between(TimeSpan.Zero, LongestTermination);
        var plan = new SimulatedProcessPlan { StartTakes = chance.Between(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(50)), TerminateTakes = terminates };
        return process.Path switch
        {
            WorkTraits.Check => plan with { RunsFor = CheckTakes, ExitCode = _neverHealthy.Contains(spec.Handle) ? 1 : 0 },
            _ when chance.Happens(weather.StartFailureProbability) => plan with { StartFailure = "exec format error" },
            WorkTraits.Exit => plan with { RunsFor = WorkTraits.Duration(process.Args), ExitCode = WorkTraits.Code(process.Args) },
            WorkTraits.OutOfMemory => plan with { RunsFor = WorkTraits.Duration(process.Args), ExitCode = 137, OutOfMemory = true },
            _ => plan,
        };
    }
}

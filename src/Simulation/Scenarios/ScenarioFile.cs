using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Workload;
using Scheduler.Yaml;
using YamlDotNet.RepresentationModel;

namespace Scheduler.Simulation.Scenarios;

/// <summary>Reads a scenario. Invalid values are refused with the path of the value and the rule that it breaks.</summary>
internal static class ScenarioFile
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    // A fault that is more frequent is a condition, and a run with it would make no progress.
    private static readonly TimeSpan MostOften = TimeSpan.FromMilliseconds(100);

    // Of a starved machine. A step is a continuation, of which a call takes a dozen on each side.
    private static readonly TimeSpan ShortestStep = TimeSpan.FromMicroseconds(1);
    private static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(1);

    // In MB; a cell advertises ten times as much disk.
    private const int MostCellMemory = 1 << 20;

    /// <param name="name">The name of the scenario: its file name without the extension.</param>
    /// <param name="file">The file name for error messages.</param>
    /// <exception cref="DomainException">The text is not YAML, or a key or value is invalid.</exception>
    public static Scenario Parse(string name, string file, string text)
    {
        var root = new ScenarioMap(file, "", Root(file, text));
        var scenario = new Scenario
        {
            Name = name,
            Description = root.Text("description") ?? "",
            ClockError = root.Duration("clock_error", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromHours(1)),
            CallbackFailures = root.Probability("callback_failures", 0),
            CellMemory = root.Number("cell_memory", ClusterSettings.DefaultCellMemoryMb, 1, MostCellMemory),
            SettlesWithin = root.Duration("settles_within", new Scenario { Name = name }.SettlesWithin, TimeSpan.Zero, Longest),
            Workload = Workload(root.Map("workload")),
            Network = Network(root.Map("network")),
            Store = Store(root.Map("store")),
            Containers = Containers(root.Map("containers")),
            Faults = [.. root.Maps("faults").Select(Fault)],
        };
        root.End();
        for (var i = 0; i < scenario.Faults.Count; i++)
        {
            if (scenario is { ClockError.Ticks: 0 } && scenario.Faults[i].Kind == FaultKind.ClockJump)
                throw DomainError
                    .Invalid($"faults[{i}].kind", $"clock-jump requires a clock_error above 0s, the limit of a jump ({file})")
                    .ToException();
        }

        return scenario;
    }

    private static YamlMappingNode Root(string file, string text)
    {
        var yaml = YamlText.Load(file, text, "YAML");
        return yaml.Documents is [{ RootNode: YamlMappingNode root }]
            ? root
            : throw DomainError.Invalid(file, "must be a map of keys and values, such as \"description: calm\"").ToException();
    }

    private static WorkloadOptions Workload(ScenarioMap? map)
    {
        var fallback = new WorkloadOptions();
        if (map is null)
            return fallback;
        var workload = new WorkloadOptions
        {
            Clients = map.Number("clients", fallback.Clients, 0, 100),
            LrpsEach = map.Number("lrps_each", fallback.LrpsEach, 1, 1_000),
            InitialPerCell = map.Number("initial_per_cell", fallback.InitialPerCell, 0, 200),
            MostInstances = map.Number("most_instances", fallback.MostInstances, 1, 1_000),
            Pace = map.Duration("pace", fallback.Pace, TimeSpan.FromMilliseconds(10), Longest),
            CrashLoopShare = map.Probability("crash_loop_share", fallback.CrashLoopShare),
            MonitoredShare = map.Probability("monitored_share", fallback.MonitoredShare),
        };
        map.End();
        return workload;
    }

    private static NetworkConditions Network(ScenarioMap? map)
    {
        var fair = NetworkConditions.Fair;
        if (map is null)
            return fair;
        var conditions = new NetworkConditions
        {
            LeastDelay = map.Duration("least_delay", fair.LeastDelay, TimeSpan.Zero, Longest),
            MostDelay = map.Duration("most_delay", fair.MostDelay, TimeSpan.Zero, Longest),
            SpikeProbability = map.Probability("spike_probability", fair.SpikeProbability),
            MostSpike = map.Duration("most_spike", fair.MostSpike, TimeSpan.Zero, Longest),
            DropProbability = map.Probability("drop_probability", fair.DropProbability),
            DuplicateProbability = map.Probability("duplicate_probability", fair.DuplicateProbability),
        };
        map.Ordered("least_delay", conditions.LeastDelay, "most_delay", conditions.MostDelay);
        map.End();
        return conditions;
    }

    private static StoreConditions Store(ScenarioMap? map)
    {
        var fair = StoreConditions.Fair;
        if (map is null)
            return fair;
        var conditions = new StoreConditions
        {
            LeastTime = map.Duration("least_time", fair.LeastTime, TimeSpan.Zero, Longest),
            MostTime = map.Duration("most_time", fair.MostTime, TimeSpan.Zero, Longest),
            SlowProbability = map.Probability("slow_probability", fair.SlowProbability),
            MostSlow = map.Duration("most_slow", fair.MostSlow, TimeSpan.Zero, Longest),
            RefusedProbability = map.Probability("refused_probability", fair.RefusedProbability),
            AnswerLostProbability = map.Probability("answer_lost_probability", fair.AnswerLostProbability),
            RequestLostProbability = map.Probability("request_lost_probability", fair.RequestLostProbability),
        };
        map.Ordered("least_time", conditions.LeastTime, "most_time", conditions.MostTime);
        map.End();
        return conditions;
    }

    private static ContainerConditions Containers(ScenarioMap? map)
    {
        var fair = ContainerConditions.Fair;
        if (map is null)
            return fair;
        var conditions = new ContainerConditions
        {
            LeastCreation = map.Duration("least_creation", fair.LeastCreation, TimeSpan.Zero, Longest),
            MostCreation = map.Duration("most_creation", fair.MostCreation, TimeSpan.Zero, Longest),
            SlowProbability = map.Probability("slow_probability", fair.SlowProbability),
            MostSlow = map.Duration("most_slow", fair.MostSlow, TimeSpan.Zero, Longest),
            FailureProbability = map.Probability("failure_probability", fair.FailureProbability),
            StartFailureProbability = map.Probability("start_failure_probability", fair.StartFailureProbability),
            NeverHealthyProbability = map.Probability("never_healthy_probability", fair.NeverHealthyProbability),
            DeafProbability = map.Probability("deaf_probability", fair.DeafProbability),
        };
        map.Ordered("least_creation", conditions.LeastCreation, "most_creation", conditions.MostCreation);
        map.End();
        return conditions;
    }

    private static FaultPlan Fault(ScenarioMap map)
    {
        var kind = map.Word<FaultKind>("kind");
        var targets = FaultRules.TargetsOf(kind);
        // A fault with only one possible target does not have to name it.
        var target = targets is [var only] ? map.Word<FaultTarget>("target", only) : map.Word<FaultTarget>("target");
        if (!targets.Contains(target))
            throw map.Wrong(
                "target",
                $"must be one of {string.Join(", ", targets.Select(Words.Of))} for {Words.Of(kind)}, not {Words.Of(target)}"
            );
        var every = map.Duration("every", null, MostOften, Longest);
        var (least, most) = (TimeSpan.Zero, TimeSpan.Zero);
        if (FaultRules.Lasts(kind))
        {
            least = map.Duration("least", TimeSpan.Zero, TimeSpan.Zero, Longest);
            most = map.Duration("most", null, TimeSpan.Zero, Longest);
            map.Ordered("least", least, "most", most);
        }
        else
        {
            map.Refuse("least", $"cannot be set for {Words.Of(kind)}, which has no duration");
            map.Refuse("most", $"cannot be set for {Words.Of(kind)}, which has no duration");
        }

        var step = TimeSpan.Zero;
        if (kind == FaultKind.Starve)
            step = map.Duration("step", null, ShortestStep, LongestStep);
        else
            map.Refuse("step", $"cannot be set for {Words.Of(kind)}, only for starve");
        var share = map.Probability("share", 0);
        if (share > 0 && target != FaultTarget.Rep)
            throw map.Wrong("share", $"is a fraction of the cells, so target must be rep, not {Words.Of(target)}");
        if (kind == FaultKind.Verdict)
            map.Refuse("share", "cannot be set for verdict, which concerns all cells");
        if (share > 0)
            map.Refuse("count", "cannot be combined with share");
        var plan = new FaultPlan(kind, target, every, least, most)
        {
            Count = map.Number("count", 1, 1, 100),
            Share = share,
            Step = step,
        };
        map.End();
        return plan;
    }
}

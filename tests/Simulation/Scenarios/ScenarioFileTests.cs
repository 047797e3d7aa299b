using Scheduler.Models;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation.Scenarios;

public class ScenarioFileTests
{
    public static TheoryData<string> Names() => [.. ScenarioCatalog.All.Select(scenario => scenario.Name)];

    [Fact]
    public void All_keys_of_a_scenario()
    {
        var scenario = Parse(
            """
            description: It's all here
            clock_error: 5s
            callback_failures: 0.1
            cell_memory: 2048
            settles_within: 90s
            workload: {clients: 2, lrps_each: 3, initial_per_cell: 2, most_instances: 4, pace: 1m, crash_loop_share: 0.2, monitored_share: 0.3}
            network: {least_delay: 300us, most_delay: 4ms, spike_probability: 0.01, most_spike: 1s, drop_probability: 0.02, duplicate_probability: 0.03}
            store: {least_time: 1ms, most_time: 2ms, slow_probability: 0.04, most_slow: 1s, refused_probability: 0.05, answer_lost_probability: 0.06, request_lost_probability: 0.07}
            containers: {least_creation: 10ms, most_creation: 20ms, slow_probability: 0.08, most_slow: 1s, failure_probability: 0.09, start_failure_probability: 0.11, never_healthy_probability: 0.12, deaf_probability: 1}
            faults:
              - {kind: kill-midway, target: any-control, every: 1.5m, least: 0.5s, most: 10s, count: 2}
              - {kind: clock-jump, target: any, every: 1h}
              - {kind: evacuate, every: 30s, most: 1m}
              - {kind: isolate, target: rep, share: 0.3, every: 10m, most: 6m}
              - {kind: verdict, every: 2m, most: 90s}
              - {kind: starve, target: all, step: 3ms, every: 2m, most: 90s}
            """
        );
        Assert.Equal(
            ("test", "It's all here", TimeSpan.FromSeconds(5), 0.1),
            (scenario.Name, scenario.Description, scenario.ClockError, scenario.CallbackFailures)
        );
        Assert.Equal((2048, TimeSpan.FromSeconds(90)), (scenario.CellMemory, scenario.SettlesWithin));
        Assert.Equal(
            (2, 3, 2, 4, TimeSpan.FromMinutes(1), 0.2),
            (
                scenario.Workload.Clients,
                scenario.Workload.LrpsEach,
                scenario.Workload.InitialPerCell,
                scenario.Workload.MostInstances,
                scenario.Workload.Pace,
                scenario.Workload.CrashLoopShare
            )
        );
        Assert.Equal(
            (TimeSpan.FromMicroseconds(300), TimeSpan.FromMilliseconds(4), 0.03),
            (scenario.Network.LeastDelay, scenario.Network.MostDelay, scenario.Network.DuplicateProbability)
        );
        Assert.Equal(
            (0.05, 0.06, 0.07),
            (scenario.Store.RefusedProbability, scenario.Store.AnswerLostProbability, scenario.Store.RequestLostProbability)
        );
        Assert.Equal((0.09, 1d), (scenario.Containers.FailureProbability, scenario.Containers.DeafProbability));
        Assert.Equal(
            (0.11, 0.12, 0.3),
            (scenario.Containers.StartFailureProbability, scenario.Containers.NeverHealthyProbability, scenario.Workload.MonitoredShare)
        );
        Assert.Equal(
            [
                new FaultPlan(
                    FaultKind.KillMidway,
                    FaultTarget.AnyControl,
                    TimeSpan.FromSeconds(90),
                    TimeSpan.FromSeconds(0.5),
                    TimeSpan.FromSeconds(10)
                )
                {
                    Count = 2,
                },
                new FaultPlan(FaultKind.ClockJump, FaultTarget.Any, TimeSpan.FromHours(1), TimeSpan.Zero, TimeSpan.Zero),
                new FaultPlan(FaultKind.Evacuate, FaultTarget.Rep, TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.FromMinutes(1)),
                new FaultPlan(FaultKind.Isolate, FaultTarget.Rep, TimeSpan.FromMinutes(10), TimeSpan.Zero, TimeSpan.FromMinutes(6))
                {
                    Share = 0.3,
                },
                new FaultPlan(FaultKind.Verdict, FaultTarget.Rep, TimeSpan.FromMinutes(2), TimeSpan.Zero, TimeSpan.FromSeconds(90)),
                new FaultPlan(FaultKind.Starve, FaultTarget.All, TimeSpan.FromMinutes(2), TimeSpan.Zero, TimeSpan.FromSeconds(90))
                {
                    Step = TimeSpan.FromMilliseconds(3),
                },
            ],
            scenario.Faults
        );
    }

    [Theory]
    [InlineData("wether: {}", "wether", "is not a valid key; valid keys: description")]
    [InlineData("network: {dropp: 1}", "network.dropp", "is not a valid key")]
    [InlineData("network: 3", "network", "must be a map")]
    [InlineData("faults: {}", "faults", "must be a list")]
    [InlineData("faults: [kill]", "faults[0]", "must be a map")]
    [InlineData(
        "faults: [{kind: starve, target: any, every: 1m, most: 1s}]",
        "faults[0].step",
        "is required: a duration from 0.000001s to 1s"
    )]
    [InlineData(
        "faults: [{kind: kill, target: any, every: 1m, most: 1s, step: 1ms}]",
        "faults[0].step",
        "cannot be set for kill, only for starve"
    )]
    [InlineData("faults: [{kind: kill, target: all, every: 1m, most: 1s}]", "faults[0].target", "must be one of bbs, ")]
    [InlineData("faults: [{kind: kil, target: any, every: 1s, most: 1s}]", "faults[0].kind", "must be one of kill, kill-midway, ")]
    [InlineData("faults: [{target: any, every: 1s, most: 1s}]", "faults[0].kind", "is required")]
    [InlineData("faults: [{kind: kill, target: 1, every: 1s, most: 1s}]", "faults[0].target", "must be one of bbs, active-bbs, ")]
    [InlineData("faults: [{kind: kill, every: 1s, most: 1s}]", "faults[0].target", "is required")]
    [InlineData(
        "faults: [{kind: evacuate, target: bbs, every: 1s, most: 1s}]",
        "faults[0].target",
        "must be one of rep for evacuate, not bbs"
    )]
    [InlineData("faults: [{kind: kill, target: database, every: 1s, most: 1s}]", "faults[0].target", "for kill, not database")]
    [InlineData("faults: [{kind: isolate, target: database, every: 1s, most: 1s}]", "faults[0].target", "for isolate, not database")]
    [InlineData(
        "faults: [{kind: pause, target: broker, every: 1s, most: 1s}]",
        "faults[0].target",
        "rep, any-control, any, database for pause, not broker"
    )]
    [InlineData("faults: [{kind: clock-drift, target: broker, every: 1s, most: 1s}]", "faults[0].target", "for clock-drift, not broker")]
    [InlineData("faults: [{kind: clock-jump, target: database, every: 1s}]", "faults[0].kind", "requires a clock_error")]
    [InlineData(
        "faults: [{kind: outage, target: rep, every: 1s, most: 1s}]",
        "faults[0].target",
        "must be one of database, broker for outage, not rep"
    )]
    [InlineData("faults: [{kind: kill, target: any, most: 1s}]", "faults[0].every", "is required")]
    [InlineData("faults: [{kind: kill, target: any, every: 0s, most: 1s}]", "faults[0].every", "must be a duration from 0.1s")]
    [InlineData("faults: [{kind: kill, target: any, every: -5s, most: 1s}]", "faults[0].every", "must be a duration from 0.1s")]
    [InlineData("faults: [{kind: kill, target: any, every: 5, most: 1s}]", "faults[0].every", "must be a duration")]
    [InlineData("faults: [{kind: kill, target: any, every: 99999999999999h, most: 1s}]", "faults[0].every", "must be a duration")]
    [InlineData("faults: [{kind: kill, target: any, every: [1s], most: 1s}]", "faults[0].every", "must be a single value")]
    [InlineData("faults: [{kind: kill, target: any, every: 1s}]", "faults[0].most", "is required")]
    [InlineData(
        "faults: [{kind: kill, target: any, every: 1s, least: 2s, most: 1s}]",
        "faults[0].least",
        "must not be longer than most (1s), but is 2s"
    )]
    [InlineData(
        "faults: [{kind: crash-containers, target: rep, every: 1s, most: 1s}]",
        "faults[0].most",
        "cannot be set for crash-containers"
    )]
    [InlineData(
        "faults: [{kind: kill, target: any, every: 1s, most: 1s, count: 0}]",
        "faults[0].count",
        "must be a whole number from 1 to 100"
    )]
    [InlineData(
        "faults: [{kind: kill, target: rep, every: 1s, most: 1s, share: 1.5}]",
        "faults[0].share",
        "must be a probability from 0 to 1"
    )]
    [InlineData(
        "faults: [{kind: kill, target: any, every: 1s, most: 1s, share: 0.3}]",
        "faults[0].share",
        "so target must be rep, not any"
    )]
    [InlineData(
        "faults: [{kind: kill, target: rep, every: 1s, most: 1s, share: 0.3, count: 2}]",
        "faults[0].count",
        "cannot be combined with share"
    )]
    [InlineData("faults: [{kind: verdict, every: 1s, most: 1s, share: 0.3}]", "faults[0].share", "cannot be set for verdict")]
    [InlineData(
        "faults: [{kind: verdict, target: any, every: 1s, most: 1s}]",
        "faults[0].target",
        "must be one of rep for verdict, not any"
    )]
    [InlineData("faults: [{kind: kill, target: any, every: 1s, most: 1s, oft: 1}]", "faults[0].oft", "is not a valid key")]
    [InlineData(
        "faults: [{kind: kill, target: any, every: 1s, most: 1s}, {kind: clock-jump, target: any, every: 1s}]",
        "faults[1].kind",
        "requires a clock_error"
    )]
    [InlineData("network: {drop_probability: -0.1}", "network.drop_probability", "must be a probability from 0 to 1, not \"-0.1\"")]
    [InlineData("network: {drop_probability: 1.1}", "network.drop_probability", "must be a probability from 0 to 1")]
    [InlineData("network: {drop_probability: nan}", "network.drop_probability", "must be a probability from 0 to 1")]
    [InlineData("store: {slow_probability: much}", "store.slow_probability", "must be a probability from 0 to 1")]
    [InlineData("containers: {deaf_probability: 2}", "containers.deaf_probability", "must be a probability from 0 to 1")]
    [InlineData("containers: {start_failure_probability: 2}", "containers.start_failure_probability", "must be a probability from 0 to 1")]
    [InlineData("containers: {never_healthy_probability: -1}", "containers.never_healthy_probability", "must be a probability from 0 to 1")]
    [InlineData("workload: {monitored_share: 30%}", "workload.monitored_share", "must be a probability from 0 to 1, not \"30%\"")]
    [InlineData("callback_failures: 2", "callback_failures", "must be a probability from 0 to 1")]
    [InlineData("clock_error: -1s", "clock_error", "must be a duration from 0s")]
    [InlineData("network: {least_delay: 1s}", "network.least_delay", "must not be longer than most_delay")]
    [InlineData("store: {most_time: 0s}", "store.least_time", "must not be longer than most_time")]
    [InlineData("containers: {least_creation: 1s}", "containers.least_creation", "must not be longer than most_creation")]
    [InlineData("workload: {pace: 0s}", "workload.pace", "must be a duration from 0.01s")]
    [InlineData("workload: {clients: -1}", "workload.clients", "must be a whole number from 0 to 100")]
    [InlineData("cell_memory: 0", "cell_memory", "must be a whole number from 1 to 1048576, not \"0\"")]
    [InlineData("cell_memory: -2048", "cell_memory", "must be a whole number from 1 to 1048576")]
    [InlineData("cell_memory: 1048577", "cell_memory", "must be a whole number from 1 to 1048576")]
    [InlineData("cell_memory: 2.5", "cell_memory", "must be a whole number from 1 to 1048576")]
    [InlineData("cell_memory: [2048]", "cell_memory", "must be a single value")]
    [InlineData("- a", "test.yaml", "must be a map")]
    [InlineData("", "test.yaml", "must be a map")]
    [InlineData("a: [", "test.yaml:2", "is not YAML")]
    [InlineData("clock_error: 1s\nclock_error: 2s", "test.yaml:2", "is not YAML")]
    public void What_cannot_be_meant_is_refused(string yaml, string path, string rule)
    {
        var refused = Assert.Single(Assert.Throws<DomainException>(() => Parse(yaml)).Error.Violations);
        Assert.Equal(path, refused.Field);
        Assert.Contains(rule, refused.Rule);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_written_reads_back_as_the_same(string name)
    {
        var scenario = ScenarioCatalog.Find(name);
        var copy = ScenarioFile.Parse(name, "copy.yaml", ScenarioWriter.ToYaml(scenario));
        Assert.Equal(scenario.Faults, copy.Faults);
        Assert.Equal(scenario, copy with { Faults = scenario.Faults });
        Assert.NotEqual("", scenario.Description);
    }

    [Fact]
    public void Every_kind_of_fault_is_in_everything() =>
        Assert.Equal(Enum.GetValues<FaultKind>(), ScenarioCatalog.Find("everything").Faults.Select(plan => plan.Kind).Distinct().Order());

    private static Scenario Parse(string yaml) => ScenarioFile.Parse("test", "test.yaml", yaml);
}

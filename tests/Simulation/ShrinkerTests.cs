using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation;

public class ShrinkerTests
{
    private readonly List<RunPlan> _tried = [];

    [Fact]
    public async Task Finds_the_shortest_the_smallest_and_the_fault_that_matters()
    {
        var smallest = await ShrinkAsync(
            100,
            plan => plan.Cells >= 4 && plan.Minutes >= 3 && Has(plan, FaultKind.PowerLoss) ? Broken(plan, "it", 170) : Holds(plan)
        );
        Assert.Equal((3, 4, 1), (smallest.Plan.Minutes, smallest.Plan.Cells, smallest.Plan.Scenario.Faults.Count));
        Assert.Equal(FaultKind.PowerLoss, smallest.Plan.Scenario.Faults[0].Kind);
        Assert.Equal(1ul, smallest.Plan.Seed);
    }

    [Fact]
    public async Task Another_rule_does_not_count()
    {
        var smallest = await ShrinkAsync(
            100,
            plan =>
                Broken(
                    plan,
                    plan.Cells == 10 && plan.Minutes == 30 && plan.Scenario.Faults.Count == Plan.Scenario.Faults.Count ? "it" : "another",
                    3_000
                )
        );
        Assert.Equal(
            (30, 10, Plan.Scenario.Faults.Count),
            (smallest.Plan.Minutes, smallest.Plan.Cells, smallest.Plan.Scenario.Faults.Count)
        );
    }

    [Fact]
    public async Task Ends_after_as_many_tries_as_it_may_make()
    {
        await ShrinkAsync(7, plan => Broken(plan, "it", null));
        Assert.Equal(7, _tried.Count);
    }

    [Fact]
    public void A_failure_prints_the_command_that_shows_it_again()
    {
        using var text = new StringWriter();
        var tally = new RunTally(2);
        tally.Add(Holds(Plan with { Seed = 8 }));
        Assert.True(tally.Holds);
        tally.Add(Broken(Plan with { Seed = 9, Zones = 2 }, "it", 170.5));
        tally.Write(text);
        Assert.False(tally.Holds);
        Assert.Contains("1  it\n", text.ToString());
        Assert.Contains("at 170.500 s: it", text.ToString());
        Assert.Contains(
            "./scheduler simulate cluster --seed 9 --minutes 30 --cells 10 --zones 2 --scenario everything --trace trace-9.txt",
            text.ToString()
        );
        Assert.DoesNotContain("--seed 8", text.ToString());
    }

    [Fact]
    public void A_nightly_seed_decides_everything()
    {
        var plans = Enumerable.Range(1, 2_000).Select(seed => NightlyPlans.Of((ulong)seed)).ToList();
        Assert.Equal(plans, Enumerable.Range(1, 2_000).Select(seed => NightlyPlans.Of((ulong)seed)));
        Assert.Equal(All(NightlyPlans.LeastCells, NightlyPlans.MostCells), plans.Select(plan => plan.Cells).Distinct().Order());
        Assert.Equal(All(NightlyPlans.LeastMinutes, NightlyPlans.MostMinutes), plans.Select(plan => plan.Minutes).Distinct().Order());
        Assert.Equal(
            [
                "cells",
                "clocks",
                "control-plane",
                "crowded",
                "database",
                "deploys",
                "drains",
                "everything",
                "mass-loss",
                "network",
                "starved",
            ],
            plans.Select(plan => plan.ScenarioName).Distinct().Order(StringComparer.Ordinal)
        );
    }

    private static IEnumerable<int> All(int least, int most) => Enumerable.Range(least, most - least + 1);

    private static RunPlan Plan => Seeds.Plan(1, "everything", cells: 10, minutes: 30);

    private async Task<RunOutcome> ShrinkAsync(int tries, Func<RunPlan, RunOutcome> run)
    {
        var shrinker = new Shrinker(
            run(Plan),
            tries,
            plan =>
            {
                _tried.Add(plan);
                return Task.FromResult(run(plan));
            },
            TextWriter.Null
        );
        await shrinker.ShrinkAsync();
        return shrinker.Smallest;
    }

    private static bool Has(RunPlan plan, FaultKind kind) => plan.Scenario.Faults.Any(fault => fault.Kind == kind);

    private static RunOutcome Holds(RunPlan plan) => Outcome(plan, []);

    private static RunOutcome Broken(RunPlan plan, string rule, double? atSeconds) =>
        atSeconds is { } at
            ? Outcome(plan, [new Scheduler.Simulation.Invariants.Violation(TimeSpan.FromSeconds(at), rule, "facts")])
            : new RunOutcome(plan, null, new InvalidOperationException(rule));

    private static RunOutcome Outcome(RunPlan plan, IReadOnlyList<Scheduler.Simulation.Invariants.Violation> violations) =>
        new(
            plan,
            new ClusterRunResult
            {
                Seed = plan.Seed,
                Scenario = plan.ScenarioName,
                TraceHash = 1,
                Violations = violations,
                ViolationCount = violations.Count,
                Events = 1,
                Messages = 1,
                Commits = 1,
                Faults = 1,
                Acknowledged = 1,
                Compared = 1,
                VirtualTime = TimeSpan.FromMinutes(1),
                RealTime = TimeSpan.FromSeconds(1),
            },
            null
        );
}

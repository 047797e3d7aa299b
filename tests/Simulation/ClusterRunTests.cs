using System.Runtime.CompilerServices;
using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Workload;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Simulation;

/// <summary>Whole clusters under faults, from seeds: no rule breaks, whatever faults strike.</summary>
public class ClusterRunTests
{
    // To distinguish a test that hangs from many seeds that take their time.
    private const int Block = 10;

    public static TheoryData<int, int> Blocks()
    {
        var (blocks, seeds) = (new TheoryData<int, int>(), TestScale.Cases(6, nightly: 60, "SCHEDULER_SEEDS"));
        var begin = TestScale.FirstSeed(seeds, "SCHEDULER_FIRST_SEED");
        for (var first = begin; first < begin + seeds; first += Block)
            blocks.Add(first, Math.Min(first + Block, begin + seeds) - 1);
        return blocks;
    }

    public static TheoryData<string> OtherScenarios() =>
        [.. ScenarioCatalog.All.Select(scenario => scenario.Name).Where(name => name != "everything")];

    [Theory]
    [MemberData(nameof(Blocks))]
    public async Task Everything_holds_for_many_seeds(int first, int last) =>
        Seeds.AllHold(
            await Seeds.RunAsync([
                .. Enumerable.Range(first, last - first + 1).Select(seed => Seeds.Plan((ulong)seed, "everything", cells: 50, minutes: 30)),
            ])
        );

    [Theory]
    [MemberData(nameof(OtherScenarios))]
    public async Task Each_scenario_holds(string scenario) =>
        Seeds.AllHold(
            await Seeds.RunAsync([
                .. Enumerable
                    .Range(1, TestScale.Cases(2, nightly: 10))
                    .Select(seed => Seeds.Plan((ulong)seed, scenario, cells: 10, minutes: 10)),
            ])
        );

    [Fact]
    public async Task Same_seed_same_hash()
    {
        var plan = Seeds.Plan(3, "everything", cells: 10, minutes: 5);
        var alone = Assert.Single(await Seeds.RunAsync(plan));
        // In parallel with identical runs and with others.
        var busy = await Seeds.RunAsync(plan, plan, plan with { Seed = 4 }, plan);
        Assert.All(busy.Where(outcome => outcome.Plan.Seed == 3), outcome => Assert.Equal(Facts(alone), Facts(outcome)));
        Assert.NotEqual(Facts(alone), Facts(busy.Single(outcome => outcome.Plan.Seed == 4)));
    }

    [Fact]
    public async Task Telling_the_story_changes_nothing()
    {
        var plan = Seeds.Plan(3, "everything", cells: 10, minutes: 5);
        var (lines, told) = (0, new List<RunOutcome>());
        await RunThreads.RunAsync(1, 1, _ => plan, told.Add, _ => lines++, CancellationToken.None);
        Assert.True(lines > 100, $"{lines} lines");
        Assert.Equal(Facts(Assert.Single(await Seeds.RunAsync(plan))), Facts(Assert.Single(told)));
    }

    [Fact]
    public async Task A_run_that_throws_is_a_violation_and_the_others_go_on()
    {
        // A fault of cells throws when there are no cells.
        var plan = Seeds.Plan(1, "cells", cells: 3, minutes: 2);
        var outcomes = await Seeds.RunAsync(plan with { Cells = 0 }, plan);
        var broken = outcomes.Single(outcome => outcome.Plan.Cells == 0);
        Assert.Equal(RunOutcome.RunsRule, Assert.Single(broken.Violations).Rule);
        Assert.Contains("\"rule\":\"the simulation runs\"", broken.ToJson());
        Assert.NotNull(outcomes.Single(outcome => outcome.Plan.Cells == 3).Result);
    }

    [Fact]
    public void Clients_that_sleep_when_the_faults_end_bring_their_work_to_an_end_first()
    {
        // Only LRPs that crash for ever, from clients that make a request once a minute on average.
        var scenario = new Scenario
        {
            Name = "sleepy",
            Workload = new WorkloadOptions
            {
                Clients = 6,
                Pace = TimeSpan.FromMinutes(1),
                CrashLoopShare = 1,
            },
        };
        for (var seed = 1UL; seed <= 3; seed++)
        {
            using var run = new ClusterRun(
                new ClusterRunOptions
                {
                    Scenario = scenario,
                    Seed = seed,
                    Cells = 3,
                    Duration = TimeSpan.FromMinutes(4),
                }
            );
            Assert.Empty(run.Run(CancellationToken.None).Violations);
        }
    }

    [Fact]
    public async Task A_run_that_is_over_is_let_go_of()
    {
        var over = RunOnce();
        // Not immediately: a channel releases a reader that was cancelled on the thread pool some time after it has notified the reader.
        await Wait.UntilAsync(
            () =>
            {
                GC.Collect();
                return !over.IsAlive;
            },
            "the run and its whole cluster are let go of"
        );

        // In a separate stack frame, so that no local of this method keeps it alive.
        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference RunOnce()
        {
            using var run = new ClusterRun(
                new ClusterRunOptions
                {
                    Scenario = ScenarioCatalog.Find("control-plane"),
                    Cells = 3,
                    Duration = TimeSpan.FromMinutes(4),
                }
            );
            Assert.True(run.Run(CancellationToken.None).Faults > 0);
            return new WeakReference(run);
        }
    }

    [Fact]
    public async Task A_cancelled_run_ends_soon()
    {
        using var cancellation = new CancellationTokenSource();
        var plan = Seeds.Plan(1, "calm", cells: 3, minutes: 1_440);
        // Cancelled from within, once it runs.
        var run = RunThreads.RunAsync(2, 2, _ => plan, _ => Assert.Fail("ended by itself"), _ => cancellation.Cancel(), cancellation.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.WaitAsync(Wait.Patience));
    }

    private static (ulong Hash, long Events, long Messages, long Commits, long Faults, TimeSpan Time) Facts(RunOutcome outcome) =>
        outcome.Result is { } result
            ? (result.TraceHash, result.Events, result.Messages, result.Commits, result.Faults, result.VirtualTime)
            : throw new InvalidOperationException("the run threw", outcome.Failure);
}

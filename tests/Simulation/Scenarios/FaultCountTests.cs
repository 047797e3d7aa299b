using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Workload;

namespace Scheduler.Tests.Simulation.Scenarios;

/// <summary>A run counts only faults that took effect.</summary>
public class FaultCountTests
{
    [Fact]
    public void A_strike_that_finds_nothing_is_not_counted() =>
        Assert.Equal(
            0,
            FaultsOf(new FaultPlan(FaultKind.CrashContainers, FaultTarget.Rep, TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.Zero))
        );

    [Fact]
    public void A_part_that_is_stopped_already_is_not_stopped_again() =>
        Assert.Equal(
            1,
            FaultsOf(
                new FaultPlan(
                    FaultKind.Pause,
                    FaultTarget.Router,
                    TimeSpan.FromSeconds(5),
                    TimeSpan.FromMinutes(30),
                    TimeSpan.FromMinutes(30)
                )
            )
        );

    [Fact]
    public void A_share_of_the_cells_is_struck_at_once() =>
        Assert.Equal(
            6,
            FaultsOf(
                new FaultPlan(FaultKind.Kill, FaultTarget.Rep, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(30))
                {
                    Share = 1,
                }
            )
        );

    private static long FaultsOf(FaultPlan plan)
    {
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = new Scenario
                {
                    Name = "counted",
                    Workload = new WorkloadOptions { Clients = 0 },
                    Faults = [plan],
                },
                Cells = 6,
                Duration = TimeSpan.FromMinutes(2),
            }
        );
        return run.Run(CancellationToken.None).Faults;
    }
}

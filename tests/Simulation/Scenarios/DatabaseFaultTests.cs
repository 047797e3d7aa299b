using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation.Scenarios;

/// <summary>Faults of the database's machine, whose clock measures the leaders' terms, have an effect but break no rule.</summary>
public class DatabaseFaultTests
{
    [Fact]
    public void Without_faults_the_first_term_lasts() => Assert.Equal(1, TermsUnder());

    [Fact]
    public void A_clock_that_jumps_ends_terms() =>
        Assert.InRange(
            TermsUnder(new FaultPlan(FaultKind.ClockJump, FaultTarget.Database, TimeSpan.FromSeconds(30), TimeSpan.Zero, TimeSpan.Zero)),
            2,
            100
        );

    [Fact]
    public void A_server_that_is_stopped_ends_terms() =>
        Assert.InRange(
            TermsUnder(
                new FaultPlan(
                    FaultKind.Pause,
                    FaultTarget.Database,
                    TimeSpan.FromSeconds(60),
                    TimeSpan.FromSeconds(20),
                    TimeSpan.FromSeconds(40)
                )
            ),
            2,
            100
        );

    [Fact]
    public void A_clock_that_drifts_by_a_hundredth_ends_none() =>
        Assert.Equal(
            1,
            TermsUnder(
                new FaultPlan(
                    FaultKind.ClockDrift,
                    FaultTarget.Database,
                    TimeSpan.FromSeconds(30),
                    TimeSpan.FromSeconds(10),
                    TimeSpan.FromSeconds(60)
                )
            )
        );

    private static long TermsUnder(params IReadOnlyList<FaultPlan> faults)
    {
        SimulatedCluster? cluster = null;
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = new Scenario
                {
                    Name = "database",
                    ClockError = TimeSpan.FromSeconds(30),
                    Faults = faults,
                },
                Cells = 3,
                Duration = TimeSpan.FromMinutes(5),
                Plant = planted => cluster = planted,
            }
        );
        var result = run.Run(CancellationToken.None);
        Assert.Empty(result.Violations);
        Assert.Equal(faults.Count > 0, result.Faults > 0);
        return cluster!.Database.Rows.Epoch;
    }
}

using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Workload;

namespace Scheduler.Tests.Simulation.Scenarios;

/// <summary>
/// Failures of programs from the container conditions appear as crashes in the rows, and the cluster settles when they are over.
/// </summary>
public class SickContainerTests
{
    private static readonly WorkloadOptions Monitored = new() { CrashLoopShare = 0, MonitoredShare = 1 };

    [Fact]
    public void In_fair_weather_what_is_monitored_runs() => Assert.Empty(CrashesUnder(ContainerConditions.Fair));

    [Fact]
    public void A_program_that_cannot_be_started_crashes() =>
        Assert.Contains(
            CrashesUnder(new ContainerConditions { StartFailureProbability = 0.3 }),
            reason => reason.Contains("exec format error", StringComparison.Ordinal)
        );

    [Fact]
    public void A_container_that_is_never_well_crashes_when_its_time_to_start_is_over() =>
        Assert.Contains(
            CrashesUnder(new ContainerConditions { NeverHealthyProbability = 0.3 }),
            reason => reason.Contains("never healthy after 15s", StringComparison.Ordinal)
        );

    private static HashSet<string> CrashesUnder(ContainerConditions conditions)
    {
        var reasons = new HashSet<string>(StringComparer.Ordinal);
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = new Scenario
                {
                    Name = "sick",
                    Workload = Monitored,
                    Containers = conditions,
                },
                Cells = 3,
                Duration = TimeSpan.FromMinutes(4),
                Plant = cluster =>
                    cluster.Database.Tamper = (_, batch) =>
                    {
                        reasons.UnionWith(batch.ActualLrps.Upserts.Select(row => row.CrashReason).Where(reason => reason.Length > 0));
                        return batch;
                    },
            }
        );
        Assert.Empty(run.Run(CancellationToken.None).Violations);
        return reasons;
    }
}

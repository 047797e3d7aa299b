using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;

namespace Scheduler.Tests.Simulation.Scenarios;

/// <summary>The scenario fills its cells: work waits for capacity, and a cluster without free capacity counts as settled.</summary>
public class CrowdedTests
{
    [Fact]
    public void Work_fails_to_be_placed_for_want_of_room()
    {
        var errors = new HashSet<string>(StringComparer.Ordinal);
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = ScenarioCatalog.Find("crowded"),
                Cells = 3,
                Duration = TimeSpan.FromMinutes(5),
                Plant = cluster =>
                    cluster.Database.Tamper = (_, batch) =>
                    {
                        errors.UnionWith(batch.ActualLrps.Upserts.Select(row => row.PlacementError));
                        return batch;
                    },
            }
        );
        Assert.Empty(run.Run(CancellationToken.None).Violations);
        Assert.Contains(errors, error => error.Contains("insufficient resources", StringComparison.Ordinal));
    }
}

using Scheduler.Auctioneer;
using Scheduler.Models;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Runs;
using Scheduler.Simulation.Scenarios;
using Scheduler.Simulation.Workload;

namespace Scheduler.Tests.Simulation.Scenarios;

/// <summary>
/// A cell that swallows work stays the emptiest of all. It must not get new work while it is broken, nor be left out once it is healthy.
/// </summary>
public class BlackHoleTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    [Fact]
    public void What_a_mute_cell_swallows_runs_elsewhere_soon_and_little_more_is_given_to_it()
    {
        var unclaimed = new Dictionary<(string, int), TimeSpan>();
        var waits = new List<TimeSpan>();
        Run(cluster =>
        {
            cluster.Reps[0].Machine.IsMute = true;
            cluster.Database.Tamper = (_, batch) =>
            {
                foreach (var row in batch.ActualLrps.Upserts)
                {
                    var key = (row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index);
                    if (row.State == ActualLrpStateNames.Unclaimed)
                        unclaimed.TryAdd(key, cluster.World.Now);
                    else if (unclaimed.Remove(key, out var since))
                        waits.Add(cluster.World.Now - since);
                }

                foreach (var gone in batch.ActualLrps.Deletes)
                    unclaimed.Remove((gone.ProcessGuid, gone.Index));
                return batch;
            };
        });
        // 14 with the product, 72 if the cell is asked again each time.
        Assert.InRange(waits.Count(wait => wait > Soon), 1, 30);
        // Work held by the cell is placed elsewhere when its reservation lapses.
        Assert.InRange(waits.Max(), Soon, new AuctioneerOptions().ReservationTimeout + Soon);
    }

    [Fact]
    public void A_cell_that_makes_no_containers_is_given_no_more_of_them()
    {
        var crashes = 0;
        Run(cluster =>
        {
            cluster.World.After(TimeSpan.FromMinutes(1), () => cluster.Reps[0].Cell.IsSick = true);
            cluster.Database.Tamper = (_, batch) =>
            {
                crashes += batch.ActualLrps.Upserts.Count(row => row.CrashReason.Contains("no space left", StringComparison.Ordinal));
                return batch;
            };
        });
        // 3 with the product, 1,077 if the health of the runtime is ignored.
        Assert.InRange(crashes, 1, 15);
    }

    private static void Run(Action<SimulatedCluster> plant)
    {
        using var run = new ClusterRun(
            new ClusterRunOptions
            {
                Scenario = new Scenario
                {
                    Name = "black hole",
                    Workload = new WorkloadOptions { CrashLoopShare = 0 },
                },
                Cells = 6,
                Duration = TimeSpan.FromMinutes(15),
                Plant = plant,
            }
        );
        Assert.Empty(run.Run(CancellationToken.None).Violations);
    }
}

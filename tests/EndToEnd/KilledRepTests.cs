using Scheduler.Contracts.V1;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Containers;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// Reps are killed at moments from a seed while work starts, runs, crashes and stops. <c>SCHEDULER_KILLS=100</c> sets how often,
/// <c>SCHEDULER_KILLS_SEED</c> the seed.
/// </summary>
public sealed class KilledRepTests(ITestOutputHelper output)
{
    private const int Instances = 4;

    // No cell may count as lost, however slow this machine is: the replacements of its work would be rightly started twice.
    private static readonly ClusterTimes Patient = new(Wait.Patience, TimeSpan.FromSeconds(3)) { StartAgain = TimeSpan.FromSeconds(3) };

    [Theory]
    [InlineData("runc")]
    [InlineData("containerd")]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Kills_while_work_comes_and_goes_lose_no_exit_code_and_start_nothing_twice(string runtime)
    {
        await using var containerd = runtime == "containerd" ? new ContainerdServer() : null;
        string[] flags = ["--runtime", runtime];
        if (containerd is not null)
        {
            await containerd.StartAsync();
            flags = [.. flags, "--containerd-address", containerd.Address];
        }

        await using (var cluster = await TestCluster.StartAsync(cells: 2, Patient, flags))
        {
            await using var router = new RouterTable(cluster.Nats);
            await cluster.RunAsync(() => KillAsync(cluster, new Truth(cluster, router)));
        }

        if (containerd is null)
            return;
        Assert.Empty(containerd.Containers());
        await Eventually.TrueAsync(() => Task.FromResult(containerd.Shims().Count == 0), "no shim is left");
    }

    private async Task KillAsync(TestCluster cluster, Truth truth)
    {
        var kills = TestScale.Cases(usual: 4, nightly: 100, "SCHEDULER_KILLS");
        var seed = TestScale.Cases(usual: 1, nightly: Random.Shared.Next(1, 1_000_000), "SCHEDULER_KILLS_SEED");
        await new DomainService.DomainServiceClient(cluster.Bbs).UpsertAsync(new UpsertDomainRequest { Domain = Work.Domain });
        await new DesiredLRPService.DesiredLRPServiceClient(cluster.Bbs).DesireAsync(
            new DesireLRPRequest { DesiredLrp = Work.Site(cluster, "web", Instances, "web.example") }
        );
        var before = await truth.SettledAsync();

        var random = new Random(seed);
        await using var visitors = Visitors.Of(before);
        await using var starts = new StartReports(cluster.Gateway);
        await using var work = PassingWork.Begin(cluster, starts, seed);
        for (var i = 0; i < kills; i++)
        {
            await Task.Delay(random.Next(1_500));
            var cell = cluster.Cells[random.Next(cluster.Cells.Count)];
            await RestartAsync(cluster, cell);
            if (random.Next(4) == 0)
            {
                // Its successor dies while it starts.
                await Task.Delay(random.Next(1_500));
                await RestartAsync(cluster, cell);
                i++;
            }

            await Eventually.SaysAsync(
                $"Cell {cell.Id} announced its presence to the BBS",
                () => Task.FromResult(cluster.Process(cell.Id).Log)
            );
        }

        await work.EndAsync();
        await visitors.StopAsync();
        output.WriteLine(
            $"seed {seed}, {kills} kills: {work.Summary}; {visitors.Requests} requests to bystanders, {visitors.Failures.Count} failed"
        );
        // A failure to remove the cluster would hide these.
        foreach (var wrong in work.Wrong.Concat(starts.Repeated).Concat(visitors.Failures))
            output.WriteLine(wrong);
        Assert.Empty(work.Wrong);
        Assert.Empty(starts.Repeated);
        Assert.Empty(visitors.Failures);
        var after = await truth.SettledAsync();
        Assert.Equal(Guids(before), Guids(after));
        foreach (var cell in cluster.Cells)
            await Eventually.EqualAsync([], () => CellLeaks.OfAsync(cell, cluster.Process(cell.Id).Id));
    }

    private static async Task RestartAsync(TestCluster cluster, TestCell cell)
    {
        await cluster.Process(cell.Id).KillAsync();
        cluster.Start(cell.Id);
    }

    private static IEnumerable<string> Guids(IReadOnlyList<ActualLRP> rows) =>
        rows.Select(row => row.ActualLrpInstanceKey.InstanceGuid).Order(StringComparer.Ordinal);
}

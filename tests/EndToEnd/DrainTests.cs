using Scheduler.Contracts.V1;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// A full cell is drained to another one while clients ask every app on it. Each app has one instance, so a gap between the old and the
/// new one would be seen. <c>SCHEDULER_DRAINED=100</c> sets how many apps.
/// </summary>
public sealed class DrainTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task A_drained_cell_fails_no_request()
    {
        var apps = TestScale.Cases(usual: 10, nightly: 100, "SCHEDULER_DRAINED");
        await using var cluster = await TestCluster.StartAsync(cells: 1);
        await using var router = new RouterTable(cluster.Nats);
        await cluster.RunAsync(() => DrainAsync(cluster, router, apps));
    }

    private async Task DrainAsync(TestCluster cluster, RouterTable router, int apps)
    {
        var truth = new Truth(cluster, router);
        var desired = new DesiredLRPService.DesiredLRPServiceClient(cluster.Bbs);
        await new DomainService.DomainServiceClient(cluster.Bbs).UpsertAsync(new UpsertDomainRequest { Domain = Work.Domain });
        foreach (var number in Enumerable.Range(0, apps))
            await desired.DesireAsync(
                new DesireLRPRequest { DesiredLrp = Work.Site(cluster, $"app-{number}", 1, $"app-{number}.example") }
            );
        await truth.SettledAsync();

        var full = cluster.Cells[0];
        var free = await cluster.AddCellAsync("cell-1", "z2");
        await cluster.WaitForCellsAsync(2);
        await cluster.WaitForBiddersAsync(2);
        await using var visitors = new RoutedVisitors(
            router,
            [.. Enumerable.Range(0, apps).Select(number => $"app-{number}.example")],
            Interval
        );
        await Eventually.TrueAsync(() => Task.FromResult(visitors.Requests >= 2 * apps), "every app was asked");
        await cluster.DrainAsync(full);
        Assert.Equal(0, await cluster.Process(full.Id).WaitAsync());
        var rows = await truth.SettledAsync();
        var drained = visitors.Requests;
        await Eventually.TrueAsync(() => Task.FromResult(visitors.Requests >= drained + apps), "every app was asked again");
        await visitors.StopAsync();

        output.WriteLine($"{apps} apps drained: {visitors.Summary}");
        Assert.Empty(visitors.Failures);
        Assert.All(rows, row => Assert.Equal(free.Id, row.ActualLrpInstanceKey.CellId));
        Assert.Empty(full.ContainerGuids());
    }
}

using System.Diagnostics;
using System.Globalization;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>
/// The whole control plane, its database and its message bus are down for so long that everything with a time to live has expired. Uses the
/// product's own times. <c>SCHEDULER_DARK_MINUTES=10</c> sets the number of minutes.
/// </summary>
public sealed class DarkTests(ITestOutputHelper output)
{
    private const string Minutes = "SCHEDULER_DARK_MINUTES";
    private const int Instances = 6;

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task Containers_serve_while_control_plane_and_database_are_away_and_everything_is_as_before_when_they_return()
    {
        var minutes = Environment.GetEnvironmentVariable(Minutes) is { Length: > 0 } text
            ? double.Parse(text, CultureInfo.InvariantCulture)
            : null as double?;
        await using var cluster = await TestCluster.StartAsync(cells: 3, ClusterTimes.Product);
        await using var router = new RouterTable(cluster.Nats);
        await cluster.RunAsync(() => GoDarkAsync(cluster, router, minutes));
    }

    private async Task GoDarkAsync(TestCluster cluster, RouterTable router, double? minutes)
    {
        var truth = new Truth(cluster, router);
        var desired = new DesiredLRPService.DesiredLRPServiceClient(cluster.Bbs);
        await new DomainService.DomainServiceClient(cluster.Bbs).UpsertAsync(new UpsertDomainRequest { Domain = Work.Domain });
        await desired.DesireAsync(new DesireLRPRequest { DesiredLrp = Work.Site(cluster, "web", Instances, "web.example") });
        var before = await truth.SettledAsync();
        Assert.Equal(cluster.Cells.Count, before.Select(row => row.ActualLrpInstanceKey.CellId).Distinct().Count());
        await using var visitors = Visitors.Of(before);

        await Task.WhenAll(TestCluster.ControlPlane.Select(part => cluster.Process(part).KillAsync()));
        await cluster.Database.KillAsync();
        await cluster.Nats.KillAsync();
        var dark = minutes is { } asked ? TimeSpan.FromMinutes(asked) : cluster.Times.Ttl + TimeSpan.FromSeconds(10);
        await Task.Delay(dark);
        Assert.Empty(visitors.Failures);
        var served = visitors.Requests;
        router.Clear();
        var announcements = cluster.Cells.Select(cell => Announcements(cluster, cell)).ToList();

        await cluster.Database.StartAsync();
        await cluster.Nats.StartAsync();
        foreach (var part in TestCluster.ControlPlane)
            cluster.Start(part);
        var returned = Stopwatch.StartNew();
        await DesireAsync(desired, Work.Site(cluster, "late", 2, "late.example"));
        var desiredAfter = returned.Elapsed;
        var after = await truth.SettledAsync();
        var settledAfter = returned.Elapsed;
        foreach (var part in TestCluster.ControlPlane.Skip(2))
            await Eventually.TrueAsync(async () => await cluster.LockOwnerAsync(part) is not null, $"somebody holds the lock of {part}");
        await Eventually.TrueAsync(
            () => Task.FromResult(cluster.Cells.Zip(announcements).All(cell => Announcements(cluster, cell.First) > cell.Second)),
            "every cell is announced again"
        );
        returned.Stop();
        await visitors.StopAsync();

        output.WriteLine(
            $"dark for {dark.TotalSeconds:0} s: {served} requests meanwhile, {visitors.Requests} in all, {visitors.Failures.Count} failed, slowest {visitors.Slowest.TotalMilliseconds:0} ms; "
                + $"back after {returned.Elapsed.TotalSeconds:0.0} s (desire taken after {desiredAfter.TotalSeconds:0.0} s, settled after {settledAfter.TotalSeconds:0.0} s)"
        );
        Assert.Empty(visitors.Failures);
        Assert.True(served >= Instances);
        Assert.Equal(2, after.Count(row => row.ActualLrpKey.ProcessGuid == "late"));
        Assert.Equal(
            before.Select(row => (row.ActualLrpKey.Index, row.ActualLrpInstanceKey, row.CrashCount)),
            after
                .Where(row => row.ActualLrpKey.ProcessGuid == "web")
                .Select(row => (row.ActualLrpKey.Index, row.ActualLrpInstanceKey, row.CrashCount))
        );
    }

    private static int Announcements(TestCluster cluster, TestCell cell) =>
        cluster.Process(cell.Id).Log.Split($"Cell {cell.Id} announced its presence to the BBS").Length - 1;

    private static async Task DesireAsync(DesiredLRPService.DesiredLRPServiceClient desired, DesiredLRP lrp)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (true)
        {
            try
            {
                await desired.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp }, deadline: DateTime.UtcNow + Wait.Patience);
                return;
            }
            catch (DomainException refusal) when (refusal.Kind == ErrorKind.ResourceExists)
            {
                return;
            }
            catch (DomainException failure)
                when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Timeout && !deadline.IsCancellationRequested
                )
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50));
            }
        }
    }
}

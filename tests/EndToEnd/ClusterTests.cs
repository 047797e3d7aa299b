using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>Separate processes, mutual TLS, real containers and real losses.</summary>
public sealed class ClusterTests
{
    private const int MaxAttempts = 4;

    [Fact]
    [Trait(TestScale.Run, TestScale.NightlyOnly)]
    public async Task A_cluster_survives_the_loss_of_a_rep_a_cell_the_active_BBS_and_a_network()
    {
        await using var cluster = await TestCluster.StartAsync(cells: 3);
        var desired = new DesiredLRPService.DesiredLRPServiceClient(cluster.Bbs);
        await new DomainService.DomainServiceClient(cluster.Bbs).UpsertAsync(new UpsertDomainRequest { Domain = Work.Domain });

        await desired.DesireAsync(new DesireLRPRequest { DesiredLrp = Work.Sleeper(cluster, "web", instances: 20) });
        await cluster.RunAsync(() => AllRunAsync(cluster, "web", 20));

        await cluster.RunAsync(() => TellRoutersAsync(cluster, desired));
        await cluster.RunAsync(() => LoseARepAsync(cluster));
        await cluster.RunAsync(() => LoseACellAsync(cluster));
        await cluster.RunAsync(() => LoseTheActiveBbsAsync(cluster, desired));
        await cluster.RunAsync(() => CutANetworkAsync(cluster));
    }

    /// <summary>A router learns the addresses of the instances, reaches them, and learns when they go.</summary>
    private static async Task TellRoutersAsync(TestCluster cluster, DesiredLRPService.DesiredLRPServiceClient desired)
    {
        await using var router = await ForeignRouter.ConnectAsync(cluster.Nats);
        await desired.DesireAsync(new DesireLRPRequest { DesiredLrp = Work.Site(cluster, "site", 2, "site.example") });
        using var http = new HttpClient();
        var heard = new HashSet<string>();
        while (heard.Count < 2)
        {
            var message = await router.ExpectJsonAsync("router.register");
            Assert.Equal("site.example", Assert.Single(message.GetProperty("uris").EnumerateArray()).GetString());
            var endpoint = $"{message.GetProperty("host").GetString()}:{message.GetProperty("port").GetInt32()}";
            Assert.Equal("site", (await http.GetStringAsync($"http://{endpoint}/")).Trim());
            heard.Add(endpoint);
        }

        await desired.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = "site" });
        while (heard.Count > 0)
        {
            var message = await router.ExpectJsonAsync("router.unregister");
            heard.Remove($"{message.GetProperty("host").GetString()}:{message.GetProperty("port").GetInt32()}");
        }
    }

    /// <summary>A restarted rep finds its containers again, and notices one that ended in the meantime.</summary>
    private static async Task LoseARepAsync(TestCluster cluster)
    {
        await using var losses = new CellLosses(cluster);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var all = await AllRunAsync(cluster, "web", 20);
            var lost = losses.Count;
            var before = all.GroupBy(row => row.ActualLrpInstanceKey.CellId).MaxBy(group => group.Count())!.ToList();
            var cell = cluster.Cells.Single(cell => cell.Id == before[0].ActualLrpInstanceKey.CellId);
            var victim = before[0];
            await cluster.Process(cell.Id).KillAsync();
            CellProcesses.KillContainer(cell.StateDirectory, victim.ActualLrpInstanceKey.InstanceGuid);
            cluster.Start(cell.Id);
            await Eventually.SaysAsync(
                $"Cell {cell.Id} announced its presence to the BBS",
                () => Task.FromResult(cluster.Process(cell.Id).Log)
            );
            var rows = await AllRunAsync(cluster, "web", 20, row => !row.ActualLrpInstanceKey.Equals(victim.ActualLrpInstanceKey));
            if (losses.Count > lost)
            {
                // On a busy machine, the rep took longer to start than its presence lasts: its instances were rightly replaced, and the
                // test proves nothing.
                await cluster.GiveMoreTimeAsync();
                continue;
            }

            Assert.Equal(victim.CrashCount + 1, rows.Single(row => row.ActualLrpKey.Index == victim.ActualLrpKey.Index).CrashCount);
            Assert.All(before.Skip(1), row => Assert.Contains(rows, after => after.ActualLrpInstanceKey.Equals(row.ActualLrpInstanceKey)));
            return;
        }

        Assert.Fail($"in {MaxAttempts} attempts a presence ran out each time");
    }

    private static async Task LoseACellAsync(TestCluster cluster)
    {
        var lost = cluster.Cells[0];
        await cluster.KillCellAsync(lost);

        var rows = await AllRunAsync(cluster, "web", 20, row => row.ActualLrpInstanceKey.CellId != lost.Id);

        Assert.Equal(Enumerable.Range(0, 20), rows.Select(row => row.ActualLrpKey.Index).Order());

        // The machine boots again: its rep finds none of its containers running, and accepts work.
        cluster.Start(lost.Id);
        await cluster.WaitForCellsAsync(3);
        await AllRunAsync(cluster, "web", 20);
    }

    private static async Task LoseTheActiveBbsAsync(TestCluster cluster, DesiredLRPService.DesiredLRPServiceClient desired)
    {
        var active = await cluster.ActiveBbsAsync();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<string>();
        var tenth = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var desires = Enumerable
            .Range(0, 200)
            .Select(async number =>
            {
                var guid = $"burst-{number}";
                try
                {
                    await desired.DesireAsync(
                        new DesireLRPRequest { DesiredLrp = Work.Unplaceable(cluster, guid) },
                        deadline: DateTime.UtcNow + Wait.Patience
                    );
                    acknowledged.Add(guid);
                    if (acknowledged.Count >= 10)
                        tenth.TrySetResult();
                }
                catch (DomainException refusal)
                    when (refusal.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Timeout or ErrorKind.Unknown)
                {
                    // Not acknowledged: it may exist or not.
                }
            })
            .ToList();
        await tenth.Task.WaitAsync(Wait.Patience);
        await cluster.Process($"bbs-{active}").KillAsync();
        await Task.WhenAll(desires);

        var present = await ListAsync(desired);
        Assert.Equal(1 - active, await cluster.ActiveBbsAsync());
        Assert.Empty(acknowledged.Except(present.Keys));
        // No partial write: an LRP that exists has its instance, because both were one commit.
        var instances = await ActualsAsync(cluster);
        Assert.All(
            present.Keys.Where(guid => guid.StartsWith("burst-", StringComparison.Ordinal)),
            guid => Assert.Contains(guid, instances)
        );
        foreach (var guid in present.Keys.Where(guid => guid.StartsWith("burst-", StringComparison.Ordinal)))
            await desired.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid });

        cluster.Start($"bbs-{active}");
        await AllRunAsync(cluster, "web", 20);
    }

    private static async Task CutANetworkAsync(TestCluster cluster)
    {
        var cut = cluster.Cells[1];
        await cut.Host.CutAsync();
        await AllRunAsync(cluster, "web", 20, row => row.ActualLrpInstanceKey.CellId != cut.Id);

        await cut.Host.HealAsync();
        await cluster.WaitForCellsAsync(3);
        var rows = await AllRunAsync(cluster, "web", 20);

        // Duplicates end: every host runs exactly what the BBS says.
        foreach (var cell in cluster.Cells)
        {
            var expected = rows.Where(row => row.ActualLrpInstanceKey.CellId == cell.Id)
                .Select(row => row.ActualLrpInstanceKey.InstanceGuid)
                .Order()
                .ToList();
            await Eventually.EqualAsync(expected, () => cell.ContainerGuids());
        }
    }

    private static Task<IReadOnlyList<ActualLRP>> AllRunAsync(
        TestCluster cluster,
        string guid,
        int instances,
        Func<ActualLRP, bool>? also = null
    ) =>
        cluster.Watch.UntilAsync(
            guid,
            rows =>
                rows.Count == instances
                && rows.All(row =>
                    row.State == ActualLrpStateNames.Running
                    && row.Presence == ActualLRP.Types.Presence.Ordinary
                    && (also?.Invoke(row) ?? true)
                ),
            Wait.Patience,
            CancellationToken.None
        );

    private static async Task<Dictionary<string, DesiredLRP>> ListAsync(DesiredLRPService.DesiredLRPServiceClient desired)
    {
        using var call = desired.List(new ListDesiredLRPsRequest(), deadline: DateTime.UtcNow + Wait.Patience);
        var all = new Dictionary<string, DesiredLRP>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
            foreach (var lrp in call.ResponseStream.Current.DesiredLrps)
                all.Add(lrp.ProcessGuid, lrp);
        return all;
    }

    private static async Task<HashSet<string>> ActualsAsync(TestCluster cluster)
    {
        using var call = new ActualLRPService.ActualLRPServiceClient(cluster.Bbs).List(
            new ListActualLRPsRequest(),
            deadline: DateTime.UtcNow + Wait.Patience
        );
        var all = new HashSet<string>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
            all.UnionWith(call.ResponseStream.Current.ActualLrps.Select(row => row.ActualLrpKey.ProcessGuid));
        return all;
    }
}

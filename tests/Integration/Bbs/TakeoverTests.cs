using Grpc.Core;
using Scheduler.Bbs;
using Scheduler.Bbs.Node;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using Scheduler.Simulation.Store;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Integration.Bbs;

/// <summary>Two BBSs on one store, behind the connection that the components use.</summary>
public sealed class TakeoverTests : IAsyncDisposable
{
    private readonly InMemoryDatabase _database = new();
    private readonly List<BbsHost> _hosts = [];

    [Fact]
    public async Task A_standby_takes_over_with_everything_that_was_acknowledged()
    {
        var firstStore = Store();
        var first = await StartAsync(firstStore, "node-1");
        await Wait.UntilAsync(() => LeadsAsync(first));
        var second = await StartAsync(Store(), "node-2");
        await Wait.UntilAsync(() => StandsByAsync(second, first));
        var clients = Clients(first, second);

        // LRPs are desired while the active BBS loses its store: each call is acknowledged, or fails.
        var acknowledged = new List<string>();
        var sent = 0;
        await Wait.UntilAsync(async () =>
        {
            if (acknowledged.Count == 30)
                firstStore.Broken = true;
            var guid = $"web-{sent++}";
            if (await TryDesireAsync(clients, guid))
                acknowledged.Add(guid);
            return acknowledged.Count == 60;
        });

        Assert.True(await LeadsAsync(second));
        using var call = second.DesiredLrps.List(new ListDesiredLRPsRequest());
        var there = new HashSet<string>();
        await foreach (var page in call.ResponseStream.ReadAllAsync())
            there.UnionWith(page.DesiredLrps.Select(lrp => lrp.ProcessGuid));
        Assert.Subset(there, acknowledged.ToHashSet());
    }

    [Fact]
    public async Task A_follower_of_the_old_one_resumes_at_the_new_one_or_is_told_to_start_anew()
    {
        var firstStore = Store();
        var first = await StartAsync(firstStore, "node-1");
        await Wait.UntilAsync(() => LeadsAsync(first));
        var early = (await first.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("early") })).Revision;
        var late = (await first.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("late") })).Revision;
        using var following = first.Events.Follow(new FollowRequest { AfterRevision = late });
        Assert.True(await following.ResponseStream.MoveNext(CancellationToken.None));

        firstStore.Broken = true;
        var second = await StartAsync(Store(), "node-2");
        await Wait.UntilAsync(() => LeadsAsync(second));
        var ended = await Assert.ThrowsAsync<DomainException>(async () =>
        {
            while (await following.ResponseStream.MoveNext(CancellationToken.None)) { }
        });
        Assert.Equal(ErrorKind.NotActive, ended.Kind);

        var next = (await second.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("next") })).Revision;
        Assert.True(next > late);
        using var resumed = second.Events.Follow(new FollowRequest { AfterRevision = late, Lrps = true });
        Assert.True(await resumed.ResponseStream.MoveNext(CancellationToken.None));
        Assert.True(await resumed.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal("next", resumed.ResponseStream.Current.DesiredLrpCreated.DesiredLrp.ProcessGuid);
        using var gone = second.Events.Follow(new FollowRequest { AfterRevision = early });
        var refused = await Assert.ThrowsAsync<DomainException>(() => gone.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(ErrorKind.RevisionGone, refused.Kind);
    }

    [Fact]
    public async Task A_commit_that_hung_over_a_takeover_is_refused_and_its_caller_told()
    {
        var firstStore = Store();
        var first = await StartAsync(firstStore, "node-1");
        await Wait.UntilAsync(() => LeadsAsync(first));
        firstStore.Pause();
        var hanging = first.DesiredLrps.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp("hung") }).ResponseAsync;
        await Wait.UntilAsync(() => firstStore.Batches.Count == 1);

        // Like a process that is suspended and resumed: it believes in its term until it checks.
        var other = Store();
        await Wait.UntilAsync(async () =>
            (await other.AcquireLeadershipAsync("node-1", "elsewhere", TimeSpan.FromMinutes(1), CancellationToken.None)).Acquired
        );
        firstStore.Resume();

        var refused = await Assert.ThrowsAsync<DomainException>(() => hanging);
        Assert.Equal(ErrorKind.NotActive, refused.Kind);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }

    private FaultyStore Store() => new(new InMemoryBbsStore(_database, TimeProvider.System));

    private async Task<BbsHost> StartAsync(FaultyStore store, string owner)
    {
        var options = new BbsOptions
        {
            Leadership = new LeadershipOptions { Ttl = TimeSpan.FromSeconds(1.5), Retry = TimeSpan.FromMilliseconds(50) },
        };
        var host = await BbsHost.StartAsync(store, owner, options);
        _hosts.Add(host);
        return host;
    }

    private static DesiredLRPService.DesiredLRPServiceClient Clients(params BbsHost[] hosts) =>
        new(
            new BbsConnection(
                new ChannelFactory(null, new ChannelOptions()),
                [.. hosts.Select(host => host.Url)],
                new ChannelOptions(),
                TimeProvider.System
            ).Invoker
        );

    private static async Task<bool> TryDesireAsync(DesiredLRPService.DesiredLRPServiceClient clients, string guid)
    {
        try
        {
            await clients.DesireAsync(new DesireLRPRequest { DesiredLrp = A.DesiredLrp(guid) });
            return true;
        }
        catch (DomainException e) when (e.Kind is ErrorKind.Unavailable or ErrorKind.NotActive)
        {
            // Not acknowledged, and the client knows it: it continues with the next one.
            return false;
        }
    }

    private static async Task<bool> LeadsAsync(BbsHost host)
    {
        try
        {
            await host.Cells.ListAsync(new ListCellsRequest());
            return true;
        }
        catch (DomainException e) when (e.Kind is ErrorKind.NotActive)
        {
            return false;
        }
    }

    private static async Task<bool> StandsByAsync(BbsHost host, BbsHost active)
    {
        try
        {
            await host.Cells.ListAsync(new ListCellsRequest());
            return false;
        }
        catch (DomainException e) when (e.Kind is ErrorKind.NotActive)
        {
            return e.Message.Contains(active.Url, StringComparison.Ordinal);
        }
    }
}

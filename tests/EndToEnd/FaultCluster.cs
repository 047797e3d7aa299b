using Scheduler.Client.Watch;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Tests.EndToEnd.Cluster;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.EndToEnd;

/// <summary>A cluster shared by a class of fault tests, with a site that has instances on every cell before each fault.</summary>
public sealed class FaultCluster : IAsyncLifetime
{
    internal const string Web = "web";
    private const int Instances = 6;
    private const int MaxPlacements = 20;
    private Truth _truth = null!;
    private int _probes;

    internal TestCluster Cluster { get; private set; } = null!;

    internal RouterTable Router { get; private set; } = null!;

    internal CellLosses Losses { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await TestCluster.StartAsync(cells: 3);
        Router = new RouterTable(Cluster.Nats);
        Losses = new CellLosses(Cluster);
        _truth = new Truth(Cluster, Router);
        await new DomainService.DomainServiceClient(Cluster.Bbs).UpsertAsync(new UpsertDomainRequest { Domain = Work.Domain });
    }

    public async ValueTask DisposeAsync()
    {
        await Router.DisposeAsync();
        await Losses.DisposeAsync();
        await Cluster.DisposeAsync();
    }

    /// <summary>Waits until desired equals actual.</summary>
    /// <returns>The instances of the site.</returns>
    internal async Task<IReadOnlyList<ActualLRP>> SettledAsync() =>
        [.. (await _truth.SettledAsync()).Where(row => row.ActualLrpKey.ProcessGuid == Web)];

    /// <summary>Everything runs, and the site has instances on every cell; after a fault, a cell may have none.</summary>
    internal async Task<IReadOnlyList<ActualLRP>> SpreadAsync()
    {
        await Cluster.HealAsync();
        var rows = await SettledAsync();
        for (var attempt = 1; rows.Select(row => row.ActualLrpInstanceKey.CellId).Distinct().Count() < Cluster.Cells.Count; attempt++)
        {
            // A cell that has just returned does not take part in every auction yet.
            if (attempt > MaxPlacements)
                Assert.Fail($"not on every cell after {MaxPlacements} placements: {LrpWatch.Describe(rows)}");
            if (rows.Count > 0)
            {
                // Remove all instances, so that the new ones are placed together on what is free.
                await RemoveAsync(Web);
                await SettledAsync();
            }

            await DesireAsync(Work.Site(Cluster, Web, Instances, "web.example"));
            rows = await SettledAsync();
        }

        return rows;
    }

    /// <summary>Desires an LRP like a client that does not know the outcome of a call without a reply.</summary>
    internal Task DesireAsync(DesiredLRP lrp) =>
        AskAsync(
            ErrorKind.ResourceExists,
            async client => await client.DesireAsync(new DesireLRPRequest { DesiredLrp = lrp }, deadline: DateTime.UtcNow + Wait.Patience)
        );

    internal Task RemoveAsync(string guid) =>
        AskAsync(
            ErrorKind.ResourceNotFound,
            async client =>
                await client.RemoveAsync(new RemoveDesiredLRPRequest { ProcessGuid = guid }, deadline: DateTime.UtcNow + Wait.Patience)
        );

    /// <summary>New work is placed, served and routed, and ends when it is no longer desired.</summary>
    internal async Task WorksAsync()
    {
        var guid = $"probe-{++_probes}";
        await DesireAsync(Work.Site(Cluster, guid, 2, $"{guid}.example"));
        await SettledAsync();
        await RemoveAsync(guid);
        await SettledAsync();
    }

    /// <summary>Waits until all instances of the site run elsewhere.</summary>
    internal Task LeaveAsync(TestCell cell) =>
        Cluster.Watch.UntilAsync(
            Web,
            rows =>
                rows.Count == Instances
                && rows.All(row =>
                    row.State == ActualLrpStateNames.Running
                    && row.Presence == ActualLRP.Types.Presence.Ordinary
                    && row.ActualLrpInstanceKey.CellId != cell.Id
                ),
            Wait.Patience + Cluster.Times.Ttl,
            CancellationToken.None
        );

    private async Task AskAsync(ErrorKind done, Func<DesiredLRPService.DesiredLRPServiceClient, Task> ask)
    {
        using var deadline = new CancellationTokenSource(Wait.Patience);
        while (true)
        {
            try
            {
                await ask(new DesiredLRPService.DesiredLRPServiceClient(Cluster.Bbs));
                return;
            }
            catch (DomainException refusal) when (refusal.Kind == done)
            {
                return;
            }
            catch (DomainException failure)
                when (failure.Kind is ErrorKind.Unavailable or ErrorKind.NotActive or ErrorKind.Timeout && !deadline.IsCancellationRequested
                )
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100));
            }
        }
    }
}

using Microsoft.Extensions.Logging;
using Scheduler.Auctioneer;
using Scheduler.Auctioneer.Api;
using Scheduler.Hosting;
using Scheduler.Hosting.Leases;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>An auctioneer, with the product's own bidding loop.</summary>
internal sealed class AuctioneerComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    public string Url { get; } = $"http://{name}:9016";

    /// <summary>Of the latest run of the process.</summary>
    public AuctioneerService? Service { get; private set; }

    protected override async Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var options = Cluster.Settings.Auctioneer() with { Seed = Cluster.NextSeed() };
        var loggers = Cluster.LoggersOf(process);
        var bbs = BbsOf(process);
        var address = new ServedAddress();
        address.Set(Url);
        var service = Service = Owned(
            new AuctioneerService(
                options,
                bbs,
                ChannelsOf(process),
                address,
                url => new LeaderLease(
                    new LockService.LockServiceClient(bbs.Invoker),
                    new LeaseOptions(LockKeys.Auctioneer, process.Name, url) { Seed = Cluster.NextSeed() },
                    process.Time,
                    loggers.CreateLogger<LeaderLease>()
                ),
                process.Time,
                loggers
            )
        );
        var server = new SimulatedServer(loggers);
        AuctionService.BindService(server, new AuctionApi(service, options, bbs));
        Cluster.Network.Listen(Url, Machine, process, server);
        await service.RunAsync(stopping);
    }
}

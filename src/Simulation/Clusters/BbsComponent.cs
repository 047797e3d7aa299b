using Scheduler.Bbs;
using Scheduler.Bbs.Api;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Outbound;
using Scheduler.Bbs.Validation;
using Scheduler.Simulation.Machines;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Store;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A BBS: the product's node and services, over the simulated database.</summary>
internal sealed class BbsComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    private readonly GuidSource _guids = new(name);

    public string Url { get; } = $"http://{name}:8889";

    public BbsOptions? Options { get; private set; }

    /// <summary>Of the latest run of the process.</summary>
    public BbsNode? Node { get; private set; }

    protected override async Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var options = Options = Cluster.Settings.Bbs();
        options.Validate();
        var loggers = Cluster.LoggersOf(process);
        var channels = ChannelsOf(process);
        var node = Node = new BbsNode(
            new NodeParts
            {
                Store = new DatabaseConnection(Cluster.Network, Cluster.Database, Machine, process),
                Options = options,
                Clients = new OutboundClients(
                    new GrpcAuctioneerClient(channels),
                    new GrpcRepClient(channels),
                    Cluster.Callbacks.ClientOf(process)
                ),
                Owner = process.Name,
                Time = process.Time,
                NewGuid = () => _guids.Next().ToString(),
                Seed = Cluster.NextSeed(),
                Metrics = Owned(new BbsMetrics()),
                Loggers = loggers,
            }
        );
        var rules = new RequestRules(options.Limits);
        var server = new SimulatedServer(loggers);
        DesiredLRPService.BindService(server, new DesiredLrpApi(node, rules));
        ActualLRPService.BindService(server, new ActualLrpApi(node, rules));
        TaskService.BindService(server, new TaskApi(node, rules));
        ChangeService.BindService(server, new ChangeApi(node, rules));
        DomainService.BindService(server, new DomainApi(node, rules, process.Time));
        CellService.BindService(server, new CellApi(node, rules));
        EventService.BindService(server, new EventApi(node, rules));
        CellLRPService.BindService(server, new CellLrpApi(node, rules));
        CellTaskService.BindService(server, new CellTaskApi(node, rules, options));
        CellReportService.BindService(server, new CellReportApi(node, rules, options));
        PlacementService.BindService(server, new PlacementApi(node, rules, options));
        ConvergenceService.BindService(server, new ConvergenceApi(node, rules));
        LockService.BindService(server, new LockApi(node, rules));
        PresenceService.BindService(server, new PresenceApi(node, rules));
        Cluster.Network.Listen(Url, Machine, process, server);
        await node.RunAsync(Url, stopping);
    }
}

using Microsoft.Extensions.Logging;
using Scheduler.Hosting.Events;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;
using Scheduler.RouteEmitter;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A route emitter, with the product's own table and loop, over the simulated broker.</summary>
internal sealed class RouteEmitterComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var options = new RouteEmitterOptions { Seed = Cluster.NextSeed() };
        var loggers = Cluster.LoggersOf(process);
        var bbs = BbsOf(process);
        var lease = new LeaderLease(
            new LockService.LockServiceClient(bbs.Invoker),
            new LeaseOptions(LockKeys.RouteEmitter, process.Name, process.Name) { Seed = Cluster.NextSeed() },
            process.Time,
            loggers.CreateLogger<LeaderLease>()
        );
        var bus = new BusConnection(Cluster.Broker, Machine, process);
        var metrics = Owned(new RouteEmitterMetrics(Cluster.Meters));
        var service = Owned(
            new RouteEmitterService(options, new GrpcBbsEvents(bbs.Invoker), bus, lease, metrics, new Readiness(), process.Time, loggers)
        );
        return service.RunAsync(stopping);
    }
}

using Microsoft.Extensions.Logging;
using Scheduler.Converger;
using Scheduler.Converger.Bbs;
using Scheduler.Hosting.Leases;
using Scheduler.Hosting.Ops;
using Scheduler.Hosting.Settings;
using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A converger, with the product's own rules and loop.</summary>
internal sealed class ConvergerComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var options = Cluster.Settings.Converger() with { Seed = Cluster.NextSeed() };
        OptionRules.Check(options);
        var loggers = Cluster.LoggersOf(process);
        var bbs = BbsOf(process);
        var lease = new LeaderLease(
            new LockService.LockServiceClient(bbs.Invoker),
            new LeaseOptions(LockKeys.Converger, process.Name, process.Name) { Seed = Cluster.NextSeed() },
            process.Time,
            loggers.CreateLogger<LeaderLease>()
        );
        var metrics = Owned(new ConvergerMetrics(Cluster.Meters));
        var service = Owned(
            new ConvergerService(
                options,
                new GrpcConvergerBbs(bbs, options.ApplyTimeout, process.Time),
                lease,
                metrics,
                new Readiness(),
                process.Time,
                loggers
            )
        );
        return service.RunAsync(stopping);
    }
}

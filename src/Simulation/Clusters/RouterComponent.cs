using Scheduler.Simulation.Network;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Clusters;

/// <summary>A router, which is not part of the product: it receives the emitter's messages.</summary>
internal sealed class RouterComponent(SimulatedCluster cluster, string name, Machine machine) : Component(cluster, name, machine)
{
    // Measured with gorouter: it subscribes again this long after other clients of a restarted server can publish.
    private static readonly TimeSpan SubscribesAfter = TimeSpan.FromMilliseconds(400);

    /// <summary>Of the latest run of the process.</summary>
    public SimulatedRouter? Router { get; private set; }

    protected override Task RunAsync(VirtualProcess process, CancellationToken stopping)
    {
        var bus = new BusConnection(Cluster.Broker, Machine, process) { SubscribesAfter = SubscribesAfter };
        var router = Router = new SimulatedRouter(bus, process)
        {
            Changed = (endpoint, isThere) => Cluster.RouteChanged?.Invoke(endpoint, isThere),
        };
        return router.RunAsync();
    }
}

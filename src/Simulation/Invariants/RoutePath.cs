using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// The path from a row to the routers: database, BBSes, emitters, broker, router, and the network between them. Without disturbances,
/// changes pass in milliseconds.
/// </summary>
internal sealed class RoutePath(SimulatedCluster cluster)
{
    // Terms and leases of 15 s expire one after the other, and the next leader loads everything before it sends.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private TimeSpan _disturbedUntil;

    /// <summary>Part of the path is down or slow for the given time.</summary>
    public void Disturb(TimeSpan lasts)
    {
        if (cluster.World.Now + lasts > _disturbedUntil)
            _disturbedUntil = cluster.World.Now + lasts;
    }

    /// <summary>Under these conditions, messages may be late or lost at any time.</summary>
    public void DisturbForGood() => _disturbedUntil = TimeSpan.MaxValue - Recovery;

    /// <summary>All faults are over, and the conditions are fair.</summary>
    public void Heal() => _disturbedUntil = cluster.World.Now;

    /// <summary>Whether the path has worked without interruption since then.</summary>
    public bool HasWorkedSince(TimeSpan moment) => moment > _disturbedUntil + Recovery;
}

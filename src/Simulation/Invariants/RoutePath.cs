using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// What lies between a row and the routers: database, BBSes, emitters, broker, router, and the network between them. While it is let
/// alone, news takes milliseconds.
/// </summary>
internal sealed class RoutePath(SimulatedCluster cluster)
{
    // Terms and leases of 15 s run out one after the other, and the next leader reads everything before it speaks.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    private TimeSpan _disturbedUntil;

    /// <summary>Something on it is away or slow for that long.</summary>
    public void Disturb(TimeSpan lasts)
    {
        if (cluster.World.Now + lasts > _disturbedUntil) _disturbedUntil = cluster.World.Now + lasts;
    }

    /// <summary>In this conditions something may always be late or lost.</summary>
    public void DisturbForGood() => _disturbedUntil = TimeSpan.MaxValue - Recovery;

    /// <summary>All faults are over, and the conditions is fair.</summary>
    public void Heal() => _disturbedUntil = cluster.World.Now;

    /// <summary>Whether it has worked at every moment from then to now.</summary>
    public bool HasWorkedSince(TimeSpan moment) => moment > _disturbedUntil + Recovery;
}

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

    // Emitter and router connect again within a second, the router takes its time to subscribe, and a greeting is repeated every second.
    private static readonly TimeSpan Reunion = TimeSpan.FromSeconds(5);

    private TimeSpan _disturbedUntil;
    private TimeSpan _sourceDisturbedUntil;

    /// <summary>Part of the path is down or slow for the given time.</summary>
    public void Disturb(TimeSpan lasts)
    {
        DisturbBroker(lasts);
        _sourceDisturbedUntil = Later(_sourceDisturbedUntil, cluster.World.Now + lasts);
    }

    /// <summary>The broker is down for the given time, and nothing else.</summary>
    public void DisturbBroker(TimeSpan lasts) => _disturbedUntil = Later(_disturbedUntil, cluster.World.Now + lasts);

    /// <summary>Under these conditions, messages may be late or lost at any time.</summary>
    public void DisturbForGood() => _disturbedUntil = _sourceDisturbedUntil = TimeSpan.MaxValue - Recovery;

    /// <summary>All faults are over, and the conditions are fair.</summary>
    public void Heal()
    {
        _disturbedUntil = cluster.World.Now;
        if (_sourceDisturbedUntil > _disturbedUntil)
            _sourceDisturbedUntil = _disturbedUntil;
    }

    /// <summary>Whether the path has worked without interruption since then.</summary>
    public bool HasWorkedSince(TimeSpan moment) => moment > _disturbedUntil + Recovery;

    /// <summary>
    /// Whether the emitter has seen everything since then, and is united with the router again: what the broker's absence kept from the
    /// router, it has been told.
    /// </summary>
    public bool HasCaughtUpWith(TimeSpan moment) =>
        moment > _sourceDisturbedUntil + Recovery && cluster.World.Now > Later(moment, _disturbedUntil) + Reunion;

    private static TimeSpan Later(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

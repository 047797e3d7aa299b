namespace Scheduler.Router.Table;

/// <param name="MaxRoutes">Routes, each a hostname with or without a path.</param>
/// <param name="MaxBackends">Pairs of route and backend.</param>
/// <param name="StaleThreshold">Time after which a backend is dropped unless it is registered again; a message may ask for less.</param>
/// <param name="EmptyRouteKept">Time for which a route without a backend is remembered.</param>
internal sealed record TableLimits(int MaxRoutes, int MaxBackends, TimeSpan StaleThreshold, TimeSpan EmptyRouteKept);

/// <summary>What one registration did, counted in routes.</summary>
internal sealed class TableChange
{
    public int Added { get; set; }

    /// <summary>Not a hostname with a path.</summary>
    public int Malformed { get; set; }

    public int BeyondLimit { get; set; }
}

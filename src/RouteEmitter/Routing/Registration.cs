namespace Scheduler.RouteEmitter.Routing;

/// <summary>A registration at the router: this route leads to this endpoint.</summary>
internal readonly record struct Registration(Route Route, Endpoint Endpoint)
{
    public RouterKey Key => new(Route.Kind, Route.Hostname, Endpoint.Host, Endpoint.EffectivePort);

    public bool IsSameAs(Registration other) => Route.IsSameAs(other.Route) && Endpoint.IsSameAs(other.Endpoint);
}

/// <summary>
/// The key under which a router stores a registration, and by which it matches unregistrations. Two instances that claim one address share
/// a key, so withdrawing one would withdraw both.
/// </summary>
internal readonly record struct RouterKey(RouteKind Kind, string Uri, string Host, uint Port);

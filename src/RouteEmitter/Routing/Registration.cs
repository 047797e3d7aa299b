namespace Scheduler.RouteEmitter.Routing;

/// <summary>What the router is to believe: this route leads to this endpoint.</summary>
internal readonly record struct Registration(Route Route, Endpoint Endpoint)
{
    public RouterKey Key => new(Route.Kind, Route.Hostname, Endpoint.Host, Endpoint.EffectivePort);

    public bool IsSameAs(Registration other) => Route.IsSameAs(other.Route) && Endpoint.IsSameAs(other.Endpoint);
}

/// <summary>
/// What a router files a registration under, and all that an unregistration is matched by. Two instances that claim one
/// address share a key, so withdrawing one of them would withdraw both.
/// </summary>
internal readonly record struct RouterKey(RouteKind Kind, string Uri, string Host, uint Port);

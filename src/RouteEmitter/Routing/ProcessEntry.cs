namespace Scheduler.RouteEmitter.Routing;

/// <summary>All that the table knows of one process. Routes and instances may come in either order.</summary>
internal sealed class ProcessEntry
{
    public DesiredRoutes? Desired { get; set; }

    /// <summary>
    /// The routes that a snapshot no longer had while their domain was not fresh: kept, for the snapshot may be incomplete,
    /// until the domain is fresh. They are also in <see cref="Desired"/>.
    /// </summary>
    public IReadOnlyList<Route> HeldRoutes { get; set; } = [];

    /// <summary>The snapshot did not have the desired LRP at all.</summary>
    public bool IsDesiredHeld { get; set; }

    public Dictionary<InstanceRowKey, RoutableInstance> Rows { get; } = [];

    public bool IsEmpty => Desired is null && Rows.Count == 0;

    public bool HoldsAnything => IsDesiredHeld || HeldRoutes.Count > 0;

    /// <summary>Looks at the instance's own two rows, which is enough: its guid is part of an endpoint.</summary>
    public bool HasEndpoint(Endpoint endpoint) =>
        Has(new InstanceRowKey(endpoint.InstanceGuid, false), endpoint) || Has(new InstanceRowKey(endpoint.InstanceGuid, true), endpoint);

    /// <summary>Appends what the routers should believe about one row.</summary>
    public static void AppendRegistrations(DesiredRoutes? desired, RoutableInstance row, List<Registration> into)
    {
        if (desired is null || row.Key.Index >= desired.Instances)
            return;
        foreach (var route in desired.Routes)
        {
            foreach (var endpoint in row.Endpoints)
            {
                if (endpoint.Kind == route.Kind && endpoint.ContainerPort == route.ContainerPort)
                    into.Add(new Registration(route, endpoint));
            }
        }
    }

    private bool Has(InstanceRowKey key, Endpoint endpoint)
    {
        if (!Rows.TryGetValue(key, out var row))
            return false;
        foreach (var known in row.Endpoints)
        {
            if (known.IsSameAs(endpoint))
                return true;
        }

        return false;
    }
}

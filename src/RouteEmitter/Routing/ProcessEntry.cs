namespace Scheduler.RouteEmitter.Routing;

/// <summary>The table's data about one process. Routes and instances may arrive in either order.</summary>
internal sealed class ProcessEntry
{
    public DesiredRoutes? Desired { get; set; }

    /// <summary>
    /// Routes missing from a snapshot while their domain was not fresh. They are kept until the domain is fresh, because the snapshot may
    /// be incomplete. They are also in <see cref="Desired"/>.
    /// </summary>
    public IReadOnlyList<Route> HeldRoutes { get; set; } = [];

    /// <summary>Whether the desired LRP itself was missing from the snapshot.</summary>
    public bool IsDesiredHeld { get; set; }

    public Dictionary<InstanceRowKey, RoutableInstance> Rows { get; } = [];

    public bool IsEmpty => Desired is null && Rows.Count == 0;

    public bool HoldsAnything => IsDesiredHeld || HeldRoutes.Count > 0;

    /// <summary>Checks only the instance's own two rows, which suffices because its guid is part of an endpoint.</summary>
    public bool HasEndpoint(Endpoint endpoint) =>
        Has(new InstanceRowKey(endpoint.InstanceGuid, false), endpoint) || Has(new InstanceRowKey(endpoint.InstanceGuid, true), endpoint);

    /// <summary>Appends what the routers should know about one row.</summary>
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

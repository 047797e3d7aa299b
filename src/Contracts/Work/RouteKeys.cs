namespace Scheduler.Contracts.Work;

/// <summary>The route groups of a desired LRP that this system reads. Other groups are kept unchanged for their own readers.</summary>
public static class RouteKeys
{
    /// <summary>Hostnames that HTTP routers route to the instances: <c>[{"hostnames":["a.example.com"],"port":8080}]</c>.</summary>
    public const string Http = "cf-router";

    /// <summary>See <see cref="InternalRoutes"/>.</summary>
    public const string Internal = "internal-router";
}

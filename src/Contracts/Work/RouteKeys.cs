namespace Scheduler.Contracts.Work;

/// <summary>The route groups of a desired LRP that this system reads. Other groups are kept unchanged for their own readers.</summary>
public static class RouteKeys
{
    /// <summary>Hostnames that HTTP routers route to the instances: <c>[{"hostnames":["a.example.com"],"port":8080}]</c>.</summary>
    public const string Http = "cf-router";

    /// <summary>See <see cref="InternalRoutes"/>.</summary>
    public const string Internal = "internal-router";

    /// <summary>
    /// Not routes: which versions an app has, see <c>docs/decisions/0035-rollouts.md</c>. It is kept here because clients may change groups
    /// at any time, and every BBS keeps those that it does not know. Diego's <c>diego-ssh</c> is there for the same reason.
    /// </summary>
    public const string Versions = "scheduler-versions";
}

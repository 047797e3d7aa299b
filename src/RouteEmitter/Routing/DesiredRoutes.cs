using Scheduler.Models;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>The routing part of a desired LRP.</summary>
/// <param name="ProcessGuid">The desired LRP.</param>
/// <param name="Domain">While it is not fresh, a route missing from a new snapshot does not count as withdrawn.</param>
/// <param name="Instances">Instances from this index on get no traffic, even while they still run.</param>
/// <param name="Tag">The version of the desired LRP.</param>
/// <param name="Routes">HTTP and internal routes.</param>
internal sealed record DesiredRoutes(string ProcessGuid, string Domain, int Instances, ModificationTag Tag, IReadOnlyList<Route> Routes);

/// <summary>The row of a running, routable instance.</summary>
/// <param name="Key">The slot.</param>
/// <param name="RowKey">The instance and which of its rows this is.</param>
/// <param name="Tag">The version of the row.</param>
/// <param name="Endpoints">One per port, and one for internal routes.</param>
internal sealed record RoutableInstance(LrpKey Key, InstanceRowKey RowKey, ModificationTag Tag, IReadOnlyList<Endpoint> Endpoints);

/// <summary>
/// Key of a row: an instance has two rows while its cell evacuates and it moves from one to the other. SUSPECT counts as ordinary, because
/// the container may still serve.
/// </summary>
internal readonly record struct InstanceRowKey(string InstanceGuid, bool IsEvacuating);

using Scheduler.Models;

namespace Scheduler.RouteEmitter.Routing;

/// <summary>What a desired LRP says about routing.</summary>
/// <param name="ProcessGuid">The desired LRP.</param>
/// <param name="Domain">While it is not fresh, a route missing from a new snapshot is not taken as withdrawn.</param>
/// <param name="Instances">Instances with an index from here on get no traffic, even while they still run.</param>
/// <param name="Tag">The version of the desired LRP.</param>
/// <param name="Routes">HTTP and internal routes.</param>
internal sealed record DesiredRoutes(string ProcessGuid, string Domain, int Instances, ModificationTag Tag, IReadOnlyList<Route> Routes);

/// <summary>A row of an instance that runs and may be routed to.</summary>
/// <param name="Key">The slot.</param>
/// <param name="RowKey">The life of the slot.</param>
/// <param name="Tag">The version of the row.</param>
/// <param name="Endpoints">One per port, and one for internal routes.</param>
internal sealed record RoutableInstance(LrpKey Key, InstanceRowKey RowKey, ModificationTag Tag, IReadOnlyList<Endpoint> Endpoints);

/// <summary>
/// An instance has two rows while its cell evacuates and it moves from one to the other. SUSPECT counts as ordinary: the
/// container may well still serve.
/// </summary>
internal readonly record struct InstanceRowKey(string InstanceGuid, bool IsEvacuating);

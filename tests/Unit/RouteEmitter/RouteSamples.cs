using Scheduler.Models;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.Tests.Unit.RouteEmitter;

/// <summary>Routes and instances in few words. Addresses are made from guid and index, so two instances never share one by accident.</summary>
internal static class RouteSamples
{
    public const string Process = "web";

    public static ModificationTag Tag(uint index) => new("epoch", index);

    public static Route Http(string hostname, uint port = 8080) =>
        new()
        {
            Kind = RouteKind.Http,
            Hostname = hostname,
            ContainerPort = port,
            LogGuid = "log-1",
        };

    public static Route Internal(string hostname) =>
        new()
        {
            Kind = RouteKind.Internal,
            Hostname = hostname,
            LogGuid = "log-1",
        };

    public static DesiredRoutes Desired(uint tag, int instances, params Route[] routes) =>
        new(Process, "cf-apps", instances, Tag(tag), routes);

    public static RoutableInstance Instance(
        int index,
        uint tag = 1,
        string? guid = null,
        bool evacuating = false,
        uint hostPort = 0,
        string zone = "z1",
        params uint[] ports
    )
    {
        guid ??= $"guid-{index}";
        var addresses = new InstanceAddresses(
            "10.0.0.1",
            $"10.255.0.{index + 2}",
            AddressPreference.Unknown,
            [
                .. (ports.Length == 0 ? [8080] : ports).Select(
                    (port, at) => new PortPair(port, hostPort != 0 ? hostPort : (uint)(61000 + index * 10 + at), 0, 0)
                ),
            ]
        );
        var instance = new Endpoint
        {
            Kind = RouteKind.Http,
            InstanceGuid = guid,
            Index = index,
            Host = "",
            AvailabilityZone = zone,
            Since = 1_000 + tag,
        };
        return new RoutableInstance(
            new LrpKey(Process, index),
            new InstanceRowKey(guid, evacuating),
            Tag(tag),
            EndpointRules.Endpoints(addresses, directByDefault: false, instance)
        );
    }

    public static RouteChanges Do(Action<RouteChanges> change)
    {
        var changes = new RouteChanges();
        change(changes);
        return changes;
    }

    /// <summary>Such as <c>a.example.com@10.0.0.1:61000</c>.</summary>
    public static string Text(Registration registration) =>
        $"{registration.Route.Hostname}@{registration.Endpoint.Host}:{registration.Endpoint.EffectivePort}";

    public static string[] Registered(this RouteChanges changes) =>
        [.. changes.Register.Select(one => Text(one.Registration)).Order(StringComparer.Ordinal)];

    public static string[] Unregistered(this RouteChanges changes) => [.. changes.Unregister.Select(Text).Order(StringComparer.Ordinal)];

    public static string[] All(this RoutingTable table, RouteKind kind = RouteKind.Http)
    {
        var all = new List<Registration>();
        table.AppendAll(kind, all);
        return [.. all.Select(Text).Order(StringComparer.Ordinal)];
    }
}

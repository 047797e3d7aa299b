using Microsoft.Extensions.Logging;
using Scheduler.Contracts.V1;
using Scheduler.Contracts.Work;
using Scheduler.Models;
using Scheduler.RouteEmitter.Routing;

namespace Scheduler.RouteEmitter.Emission;

/// <summary>
/// Translator that applies events of the BBS to a routing table: the boundary between contract messages and the table's types.
/// </summary>
internal sealed class EventTranslator(bool directByDefault, ILogger logger)
{
    /// <summary>Applies one event; events that do not concern routes are ignored.</summary>
    /// <returns>Whether the resulting unregistrations are worth repeating.</returns>
    public UnregisterPolicy Apply(Event change, RoutingTable table, RouteChanges changes)
    {
        switch (change.PayloadCase)
        {
            case Event.PayloadOneofCase.DesiredLrpCreated:
                table.SetDesired(Routes(change.DesiredLrpCreated.DesiredLrp), changes);
                return UnregisterPolicy.Repeat;
            case Event.PayloadOneofCase.DesiredLrpChanged:
                table.SetDesired(Routes(change.DesiredLrpChanged.After), changes);
                return UnregisterPolicy.Repeat;
            case Event.PayloadOneofCase.DesiredLrpRemoved:
                var removed = change.DesiredLrpRemoved.DesiredLrp;
                table.RemoveDesired(removed.ProcessGuid, Tag(removed.ModificationTag), changes);
                return UnregisterPolicy.Once;
            case Event.PayloadOneofCase.ActualLrpInstanceCreated:
                Created(change.ActualLrpInstanceCreated.ActualLrp, table, changes);
                return UnregisterPolicy.Repeat;
            case Event.PayloadOneofCase.ActualLrpInstanceChanged:
                Changed(change.ActualLrpInstanceChanged, table, changes);
                return UnregisterPolicy.Repeat;
            case Event.PayloadOneofCase.ActualLrpInstanceRemoved:
                var gone = change.ActualLrpInstanceRemoved.ActualLrp;
                table.RemoveInstance(
                    Key(gone.ActualLrpKey),
                    RowKey(gone.ActualLrpInstanceKey, gone.Presence),
                    Tag(gone.ModificationTag),
                    changes
                );
                return UnregisterPolicy.Once;
            case Event.PayloadOneofCase.DomainFresh:
                table.ReleaseHeld(change.DomainFresh.Domain, changes);
                return UnregisterPolicy.Repeat;
            default:
                return UnregisterPolicy.Once;
        }
    }

    private void Created(ActualLRP row, RoutingTable table, RouteChanges changes)
    {
        if (row.State != ActualLrpStateNames.Running || IsUnroutable(row.HasRoutable, row.Routable))
            return;
        table.SetInstance(
            Instance(
                row.ActualLrpKey,
                row.ActualLrpInstanceKey,
                row.Presence,
                row.ModificationTag,
                row.ActualLrpNetInfo,
                row.Since,
                row.AvailabilityZone
            ),
            changes
        );
    }

    private void Changed(ActualLRPInstanceChangedEvent change, RoutingTable table, RouteChanges changes)
    {
        var (before, after) = (change.Before, change.After);
        var key = Key(change.ActualLrpKey);
        if (after.State == ActualLrpStateNames.Running && !IsUnroutable(after.HasRoutable, after.Routable))
        {
            var row = Instance(
                change.ActualLrpKey,
                change.ActualLrpInstanceKey,
                after.Presence,
                after.ModificationTag,
                after.ActualLrpNetInfo,
                after.Since,
                after.AvailabilityZone
            );
            table.SetInstance(row, changes);
            // The row that the instance left, such as the ordinary row when its cell evacuates.
            var left = row.RowKey with
            {
                IsEvacuating = IsEvacuating(before.Presence),
            };
            if (left != row.RowKey)
                table.RemoveInstance(key, left, row.Tag, changes);
            return;
        }

        table.RemoveInstance(key, RowKey(change.ActualLrpInstanceKey, before.Presence), Tag(after.ModificationTag), changes);
    }

    private RoutableInstance Instance(
        ActualLRPKey key,
        ActualLRPInstanceKey instance,
        ActualLRP.Types.Presence presence,
        Contracts.V1.ModificationTag tag,
        ActualLRPNetInfo net,
        long since,
        string zone
    )
    {
        net ??= new ActualLRPNetInfo();
        var common = new Endpoint
        {
            Kind = RouteKind.Http,
            InstanceGuid = instance.InstanceGuid,
            Index = key.Index,
            Host = "",
            AvailabilityZone = zone,
            Since = since,
        };
        var addresses = new InstanceAddresses(
            net.Address,
            net.InstanceAddress,
            Preference(net.PreferredAddress),
            [.. net.Ports.Select(Ports)]
        );
        return new RoutableInstance(
            Key(key),
            RowKey(instance, presence),
            Tag(tag),
            EndpointRules.Endpoints(addresses, directByDefault, common)
        );
    }

    private DesiredRoutes Routes(DesiredLRP desired)
    {
        var routes = new List<Route>();
        if (desired.Routes is { } byKey)
        {
            var tags = Tags(desired);
            if (
                byKey.Routes.TryGetValue(RouteKeys.Http, out var http)
                && !RouteParser.TryAppendHttp(http.Span, desired.LogGuid, tags, routes)
            )
                logger.RoutesUnreadable(desired.ProcessGuid, RouteKeys.Http);
            if (
                byKey.Routes.TryGetValue(RouteKeys.Internal, out var names)
                && !RouteParser.TryAppendInternal(names, desired.LogGuid, routes)
            )
                logger.RoutesUnreadable(desired.ProcessGuid, RouteKeys.Internal);
        }

        return new DesiredRoutes(desired.ProcessGuid, desired.Domain, desired.Instances, Tag(desired.ModificationTag), routes);
    }

    private static IReadOnlyList<MetricTag> Tags(DesiredLRP desired)
    {
        var tags = desired.MetricTags.Select(tag => new MetricTag(tag.Key, Source(tag.Value.Dynamic), tag.Value.Static)).ToArray();
        Array.Sort(tags, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        return tags;
    }

    private static MetricTagSource Source(MetricTagValue.Types.DynamicValue value) =>
        value switch
        {
            MetricTagValue.Types.DynamicValue.Index => MetricTagSource.Index,
            MetricTagValue.Types.DynamicValue.InstanceGuid => MetricTagSource.InstanceGuid,
            _ => MetricTagSource.Static,
        };

    private static AddressPreference Preference(ActualLRPNetInfo.Types.PreferredAddress value) =>
        value switch
        {
            ActualLRPNetInfo.Types.PreferredAddress.Instance => AddressPreference.Instance,
            ActualLRPNetInfo.Types.PreferredAddress.Host => AddressPreference.Host,
            _ => AddressPreference.Unknown,
        };

    private static PortPair Ports(PortMapping port) =>
        new(port.ContainerPort, port.HostPort, port.ContainerTlsProxyPort, port.HostTlsProxyPort);

    // Without a statement the instance is routable: only instances with a readiness check make one.
    private static bool IsUnroutable(bool isStated, bool routable) => isStated && !routable;

    private static bool IsEvacuating(ActualLRP.Types.Presence presence) => presence == ActualLRP.Types.Presence.Evacuating;

    private static LrpKey Key(ActualLRPKey key) => new(key.ProcessGuid, key.Index);

    private static InstanceRowKey RowKey(ActualLRPInstanceKey key, ActualLRP.Types.Presence presence) =>
        new(key?.InstanceGuid ?? "", IsEvacuating(presence));

    private static Models.ModificationTag Tag(Contracts.V1.ModificationTag? tag) => tag is null ? default : new(tag.Epoch, tag.Index);
}

/// <summary>Whether an unregistration is repeated later, for routers that missed it.</summary>
internal enum UnregisterPolicy
{
    Once,
    Repeat,
}

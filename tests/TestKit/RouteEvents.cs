using Google.Protobuf;
using Scheduler.Contracts.V1;

namespace Scheduler.Tests.TestKit;

/// <summary>Builds events that affect routes.</summary>
public static class RouteEvents
{
    public static Event Complete(ulong revision) => new() { Revision = revision, SnapshotComplete = new SnapshotCompleteEvent() };

    public static Event Fresh(ulong revision, string domain = "cf-apps") =>
        new()
        {
            Revision = revision,
            DomainFresh = new DomainFreshEvent { Domain = domain },
        };

    public static Event Heartbeat(ulong revision) => new() { Revision = revision, Heartbeat = new HeartbeatEvent() };

    public static Event Created(ulong revision, DesiredLRP desired) =>
        new()
        {
            Revision = revision,
            DesiredLrpCreated = new DesiredLRPCreatedEvent { DesiredLrp = desired },
        };

    public static Event Changed(ulong revision, DesiredLRP before, DesiredLRP after) =>
        new()
        {
            Revision = revision,
            DesiredLrpChanged = new DesiredLRPChangedEvent { Before = before, After = after },
        };

    public static Event Removed(ulong revision, DesiredLRP desired) =>
        new()
        {
            Revision = revision,
            DesiredLrpRemoved = new DesiredLRPRemovedEvent { DesiredLrp = desired },
        };

    public static Event Created(ulong revision, ActualLRP row) =>
        new()
        {
            Revision = revision,
            ActualLrpInstanceCreated = new ActualLRPInstanceCreatedEvent { ActualLrp = row },
        };

    public static Event Removed(ulong revision, ActualLRP row) =>
        new()
        {
            Revision = revision,
            ActualLrpInstanceRemoved = new ActualLRPInstanceRemovedEvent { ActualLrp = row },
        };

    public static Event Changed(ulong revision, ActualLRP before, ActualLRP after) =>
        new()
        {
            Revision = revision,
            ActualLrpInstanceChanged = new ActualLRPInstanceChangedEvent
            {
                ActualLrpKey = after.ActualLrpKey,
                ActualLrpInstanceKey = after.ActualLrpInstanceKey,
                Before = Info(before),
                After = Info(after),
            },
        };

    /// <summary>A desired LRP <c>web</c> with one HTTP route for each hostname, on port 8080.</summary>
    public static DesiredLRP Web(uint tag, int instances, params string[] hostnames)
    {
        var json = $$"""[{"hostnames":[{{string.Join(',', hostnames.Select(name => $"\"{name}\""))}}],"port":8080}]""";
        return new DesiredLRP
        {
            ProcessGuid = "web",
            Domain = "cf-apps",
            Instances = instances,
            LogGuid = "log-1",
            ModificationTag = new ModificationTag { Epoch = "e", Index = tag },
            Routes = new ProtoRoutes
            {
                Routes =
                {
                    ["cf-router"] = ByteString.CopyFromUtf8(json),
                    ["internal-router"] = ByteString.CopyFromUtf8("[{\"hostname\":\"web.internal\"}]"),
                },
            },
        };
    }

    /// <summary>A running instance of <c>web</c>, with host port 61000 + index.</summary>
    public static ActualLRP Running(int index, uint tag = 2) =>
        new()
        {
            ActualLrpKey = new ActualLRPKey
            {
                ProcessGuid = "web",
                Index = index,
                Domain = "cf-apps",
            },
            ActualLrpInstanceKey = new ActualLRPInstanceKey { InstanceGuid = $"guid-{index}", CellId = "cell-1" },
            ActualLrpNetInfo = new ActualLRPNetInfo
            {
                Address = "10.0.0.1",
                InstanceAddress = $"10.255.0.{index + 2}",
                Ports =
                {
                    new PortMapping { ContainerPort = 8080, HostPort = (uint)(61000 + index) },
                },
            },
            State = "RUNNING",
            Since = 1_700_000_000_000_000_000,
            ModificationTag = new ModificationTag { Epoch = $"e{index}", Index = tag },
        };

    private static ActualLRPInfo Info(ActualLRP row)
    {
        var info = new ActualLRPInfo
        {
            ActualLrpNetInfo = row.ActualLrpNetInfo,
            State = row.State,
            Since = row.Since,
            ModificationTag = row.ModificationTag,
            Presence = row.Presence,
            AvailabilityZone = row.AvailabilityZone,
        };
        if (row.HasRoutable)
            info.Routable = row.Routable;
        return info;
    }
}

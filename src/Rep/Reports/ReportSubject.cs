using Scheduler.Contracts.V1;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Reports;

/// <summary>A snapshot of a container, taken on the cell's loop for a report and used outside the loop.</summary>
internal sealed record ReportSubject
{
    public static readonly Outcome NoOutcome = new();
    public static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();

    public required string ContainerGuid { get; init; }

    public required ActualLRPKey Key { get; init; }

    public required ActualLRPInstanceKey InstanceKey { get; init; }

    public ActualLRPNetInfo? NetInfo { get; init; }

    public IReadOnlyList<string> InternalRoutes { get; init; } = [];

    public IReadOnlyDictionary<string, string> MetricTags { get; init; } = NoTags;

    public bool Routable { get; init; }

    public string Zone { get; init; } = "";

    public Outcome Outcome { get; init; } = NoOutcome;

    /// <summary>The work definition is unknown although the start of the task was already sent.</summary>
    public bool WorkMissing { get; init; }

    public static ActualLRPNetInfo NetInfoOf(ContainerInfo container, string cellAddress)
    {
        var info = new ActualLRPNetInfo
        {
            Address = cellAddress,
            InstanceAddress = container.Address?.ToString() ?? "",
            PreferredAddress = ActualLRPNetInfo.Types.PreferredAddress.Host,
        };
        foreach (var port in container.Ports)
            info.Ports.Add(new Contracts.V1.PortMapping { ContainerPort = (uint)port.ContainerPort, HostPort = (uint)port.HostPort });
        return info;
    }

    public StartActualLRPRequest ToStart()
    {
        var request = new StartActualLRPRequest
        {
            ActualLrpKey = Key,
            ActualLrpInstanceKey = InstanceKey,
            ActualLrpNetInfo = NetInfo ?? new ActualLRPNetInfo(),
            Routable = Routable,
            AvailabilityZone = Zone,
        };
        foreach (var host in InternalRoutes)
            request.ActualLrpInternalRoutes.Add(new ActualLRPInternalRoute { Hostname = host });
        foreach (var tag in MetricTags)
            request.MetricTags.Add(tag.Key, tag.Value);
        return request;
    }

    public EvacuateRunningActualLRPRequest ToEvacuateRunning()
    {
        var start = ToStart();
        var request = new EvacuateRunningActualLRPRequest
        {
            ActualLrpKey = Key,
            ActualLrpInstanceKey = InstanceKey,
            ActualLrpNetInfo = start.ActualLrpNetInfo,
            Routable = Routable,
            AvailabilityZone = Zone,
        };
        request.ActualLrpInternalRoutes.Add(start.ActualLrpInternalRoutes);
        request.MetricTags.Add(start.MetricTags);
        return request;
    }

    public EvacuateActualLRPRequest ToEvacuate() => new() { ActualLrpKey = Key, ActualLrpInstanceKey = InstanceKey };
}

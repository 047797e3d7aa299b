using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>A rep's report of a running instance: the part of a row that a start or an evacuation sets.</summary>
internal sealed record RunningFacts(
    ActualLRPInstanceKey Instance,
    ActualLRPNetInfo NetInfo,
    IReadOnlyList<ActualLRPInternalRoute> InternalRoutes,
    IReadOnlyDictionary<string, string> MetricTags,
    bool Routable,
    string AvailabilityZone
)
{
    // A rep that does not set it does not support readiness; its instances always receive traffic.
    public static RunningFacts Of(StartActualLRPRequest request) =>
        new(
            request.ActualLrpInstanceKey,
            request.ActualLrpNetInfo,
            request.ActualLrpInternalRoutes,
            request.MetricTags.AsReadOnly(),
            !request.HasRoutable || request.Routable,
            request.AvailabilityZone
        );

    public static RunningFacts Of(EvacuateRunningActualLRPRequest request) =>
        new(
            request.ActualLrpInstanceKey,
            request.ActualLrpNetInfo,
            request.ActualLrpInternalRoutes,
            request.MetricTags.AsReadOnly(),
            !request.HasRoutable || request.Routable,
            request.AvailabilityZone
        );

    /// <summary>Whether the row already has all of these values.</summary>
    public bool AreThoseOf(ActualLRP row) =>
        row.State == ActualLrpStateNames.Running
        && row.Is(Instance)
        && row.ActualLrpNetInfo.Equals(NetInfo)
        && row.HasRoutable
        && row.Routable == Routable
        && row.AvailabilityZone == AvailabilityZone
        && row.ActualLrpInternalRoutes.SequenceEqual(InternalRoutes)
        && row.MetricTags.Count == MetricTags.Count
        && MetricTags.All(tag => row.MetricTags.TryGetValue(tag.Key, out var value) && value == tag.Value);

    public void ApplyTo(ActualLRP row)
    {
        row.State = ActualLrpStateNames.Running;
        row.ActualLrpInstanceKey = Instance;
        row.ActualLrpNetInfo = NetInfo;
        row.Routable = Routable;
        row.AvailabilityZone = AvailabilityZone;
        row.PlacementError = "";
        row.ActualLrpInternalRoutes.Clear();
        row.ActualLrpInternalRoutes.AddRange(InternalRoutes);
        row.MetricTags.Clear();
        foreach (var (name, value) in MetricTags)
            row.MetricTags.Add(name, value);
    }
}

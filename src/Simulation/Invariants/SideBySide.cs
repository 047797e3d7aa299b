using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Finds indices for which routers send requests to several instances at once, apart from instances that hand over.
/// </summary>
/// <param name="isLate">
/// Whether routers cannot know yet that this instance is no longer required; how long that may take is checked by another rule.
/// </param>
internal sealed class SideBySide(
    SimulatedCluster cluster,
    ClusterTruth truth,
    TimeSpan limit,
    Func<string, bool> isLate,
    Action<string> exceeded
)
{
    private readonly Dictionary<LrpKey, List<string>> _routed = [];
    private readonly HashSet<LrpKey> _crowded = [];
    private readonly Lasting<LrpKey> _lasting = new();
    private SimulatedRouter? _router;

    public void Changed(in Backend backend, bool isThere)
    {
        StartAnew();
        // An overlap that ends now is still judged by how long it lasted.
        if (!isThere)
            Look();
        var key = new LrpKey(backend.App, backend.Index);
        if (!_routed.TryGetValue(key, out var instances))
            _routed.Add(key, instances = []);
        if (isThere)
            instances.Add(backend.InstanceGuid);
        else
            instances.Remove(backend.InstanceGuid);
        if (instances.Count == 0)
            _routed.Remove(key);
        if (instances.Exists(instance => instance != instances[0]))
            _crowded.Add(key);
        else
            _crowded.Remove(key);
        Look();
    }

    public void Look()
    {
        StartAnew();
        if (_crowded.Count == 0 && _lasting.IsEmpty)
            return;
        var crowded = _crowded.Where(key => _routed[key].Where(Counts).Distinct(StringComparer.Ordinal).Count() > 1).ToList();
        foreach (var key in _lasting.Exceeding(limit, cluster.World.Now, crowded))
            exceeded(
                $"{key} has had several routable instances for too long: {string.Join(", ", _routed[key].Distinct(StringComparer.Ordinal))}"
            );
    }

    // A restarted router has an empty table.
    private void StartAnew()
    {
        if (_router == cluster.Router.Router)
            return;
        _router = cluster.Router.Router;
        _routed.Clear();
        _crowded.Clear();
    }

    private bool Counts(string instance)
    {
        var row = truth.RowOf(instance);
        var isBeingReplaced =
            row?.State == ActualLrpStateNames.Running
            && row.Presence is ActualLRP.Types.Presence.Suspect or ActualLRP.Types.Presence.Evacuating;
        return !isLate(instance) && !isBeingReplaced;
    }
}

using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// What routers are told: at most one instance of an index is routed to, unless the cluster says that another is suspect or
/// evacuating; and no route outlives its instance by more than the routers' own forgetting.
/// </summary>
internal sealed class RouteWatch(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "at most one instance of an index is routable, and only while it runs";

    // Routers prune after 120 s, looking every 30 s; faults that keep them from hearing last up to 60 s.
    private static readonly TimeSpan LongestRoute = TimeSpan.FromSeconds(215);

    private readonly Dictionary<string, TimeSpan> _stoppedAt = new(StringComparer.Ordinal);

    public void Committed(Commit commit)
    {
        foreach (var (before, _) in commit.Actual)
        {
            if (ClusterTruth.InstanceOf(before) is { Length: > 0 } instance && !Runs(instance)) _stoppedAt.TryAdd(instance, cluster.World.Now);
        }

        foreach (var (_, after) in commit.Actual)
        {
            if (ClusterTruth.InstanceOf(after) is { Length: > 0 } instance && Runs(instance)) _stoppedAt.Remove(instance);
        }
    }

    public void Look()
    {
        if (cluster.Router.Router is not { } router) return;
        foreach (var endpoint in router.Endpoints)
        {
            if (Runs(endpoint.InstanceGuid)) continue;
            if (!_stoppedAt.TryGetValue(endpoint.InstanceGuid, out var since))
                violated(Rule, $"{endpoint.Uri} leads to {endpoint.InstanceGuid}, which never ran");
            else if (cluster.World.Now - since > LongestRoute)
                violated(Rule, $"{endpoint.Uri} still leads to {endpoint.InstanceGuid}, which stopped at {since}");
        }
    }

    private bool Runs(string instance) => truth.RowOf(instance) is { State: ActualLrpStateNames.Running };
}

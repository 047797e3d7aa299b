using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// What routers are told: at most one instance of an index is routed to, unless the cluster says that another is suspect or
/// evacuating; nobody goes on registering what has stopped; and no route outlives that by more than the routers' own forgetting.
/// </summary>
internal sealed class RouteWatch(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "at most one instance of an index is routable, and only while it runs";

    // An emitter that cannot hear the BBS stops with its lease, 15 s; one that was stopped for 40 s may go on for a moment first.
    private static readonly TimeSpan LongestRegistering = TimeSpan.FromSeconds(100);

    // Routers prune after 120 s, looking every 30 s, and may be stopped or away for up to 60 s themselves.
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
            else if (endpoint.SentAt - since > LongestRegistering)
                violated(Rule, $"{endpoint.Uri} was registered at {endpoint.SentAt} for {endpoint.InstanceGuid}, which stopped at {since}");
            else if (cluster.World.Now - (endpoint.ReceivedAt > since ? endpoint.ReceivedAt : since) > LongestRoute)
                violated(Rule, $"{endpoint.Uri} still leads to {endpoint.InstanceGuid}, which stopped at {since}");
        }
    }

    private bool Runs(string instance) => truth.RowOf(instance) is { State: ActualLrpStateNames.Running };
}

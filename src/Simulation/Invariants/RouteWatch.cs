using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Checks what routers are told: at most one instance of an index is routed to, unless the cluster marks the others as SUSPECT or
/// EVACUATING; nobody keeps registering a stopped instance; a route outlives its instance by at most the routers' own expiry; and no route
/// leads to a place where its instance never ran.
/// </summary>
internal sealed class RouteWatch
{
    public const string Rule = "at most one instance of an index is routable, and only while it runs";
    public const string ContentRule = "a route leads where its instance's row and its LRP say";

    // Without faults, the store's reply, an event and a message through the broker take 12 ms together at most.
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(100);

    // An emitter that cannot reach the BBS stops when its lease of 15 s expires; one that was paused for 40 s may continue for a moment
    // first.
    private static readonly TimeSpan LongestRegistering = TimeSpan.FromSeconds(100);

    // Routers prune after 120 s, checking every 30 s, and may themselves be paused or down for up to 60 s.
    private static readonly TimeSpan LongestRoute = TimeSpan.FromSeconds(215);

    private readonly SimulatedCluster _cluster;
    private readonly RoutePath _path;
    private readonly Action<string, string> _violated;
    private readonly RouteHistory _history;
    private readonly SideBySide _sideBySide;

    public RouteWatch(SimulatedCluster cluster, ClusterTruth truth, AskedRoutes asked, RoutePath path, Action<string, string> violated)
    {
        (_cluster, _path, _violated) = (cluster, path, violated);
        _history = new RouteHistory(cluster, truth, asked);
        _sideBySide = new SideBySide(cluster, truth, Prompt, IsLate, what => violated(Rule, what));
        cluster.RouteChanged = Changed;
    }

    public void Committed(Commit commit) => _history.Committed(commit);

    public void Look()
    {
        foreach (var endpoint in _cluster.Router.Router?.Endpoints ?? [])
            Check(endpoint);
        _sideBySide.Look();
    }

    private void Changed(RoutedEndpoint endpoint, bool isThere)
    {
        // An endpoint that is removed was present until now.
        Check(endpoint);
        _sideBySide.Changed(endpoint.Backend, isThere);
    }

    private void Check(RoutedEndpoint endpoint)
    {
        var backend = endpoint.Backend;
        if (_history.Find(backend) is not { } asked)
            Stray(backend);
        else if (asked.EndedAt is { } since)
            CheckOld(endpoint, since);
    }

    // An instance keeps its index and address for life, and emitters see nothing before it is committed: no message in transit can excuse
    // other content.
    private void Stray(Backend backend)
    {
        if (_history.Of(backend.InstanceGuid) is { Count: > 0 } asked)
            _violated(
                ContentRule,
                $"{backend} is registered, but the row and its LRP say {string.Join(", ", asked.Select(entry => entry.Backend))}"
            );
        else
            _violated(Rule, $"{backend.Uri} leads to {backend.InstanceGuid}, which never ran");
    }

    private bool IsLate(string instance) =>
        _history.Of(instance) is { Count: > 0 } asked
        && asked.All(entry => entry.EndedAt is not null)
        && !_path.HasWorkedSince(asked.Max(entry => entry.EndedAt!.Value));

    private void CheckOld(RoutedEndpoint endpoint, TimeSpan since)
    {
        var (uri, instance, now) = (endpoint.Backend.Uri, endpoint.Backend.InstanceGuid, _cluster.World.Now);
        if (now - since <= Prompt)
            return;
        if (_path.HasWorkedSince(since))
            _violated(
                Rule,
                $"{uri} still leads to {instance}, which should have been unregistered at {since}; no fault delayed the unregistration"
            );
        else if (_path.HasCaughtUpWith(since))
            _violated(
                Rule,
                $"{uri} still leads to {instance}, which should have been unregistered at {since}, or once the broker was back"
            );
        else if (endpoint.SentAt - since > LongestRegistering)
            _violated(Rule, $"{uri} was registered at {endpoint.SentAt} for {instance}, which should have been unregistered at {since}");
        else if (now - (endpoint.ReceivedAt > since ? endpoint.ReceivedAt : since) > LongestRoute)
            _violated(Rule, $"{uri} still leads to {instance}, which should have been unregistered at {since}");
    }
}

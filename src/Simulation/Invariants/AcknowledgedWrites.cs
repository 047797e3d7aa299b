using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// No acknowledged write is lost, and nothing happens without a request. Clients record their requests and the acknowledgements; each
/// commit and each acknowledgement is checked against these records.
/// </summary>
internal sealed class AcknowledgedWrites(VirtualWorld world, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "no acknowledged write is lost";

    private const int Gone = -1;

    private readonly Dictionary<string, Expectation> _lrps = new(StringComparer.Ordinal);
    private readonly HashSet<string> _tasks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<LrpKey, TimeSpan> _mayStop = [];

    /// <summary>
    /// How long a request may still be carried out after its client has given up: the longest pause of a process plus a margin.
    /// </summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(60);

    public int Acknowledged { get; private set; }

    /// <summary>Instances of each LRP as last acknowledged, without LRPs whose removal was acknowledged.</summary>
    public IEnumerable<KeyValuePair<string, int>> Lrps =>
        _lrps.Where(entry => entry.Value.Now != Gone).Select(entry => KeyValuePair.Create(entry.Key, entry.Value.Now));

    public void Expects(string processGuid, int instances) => Of(processGuid).Next = instances;

    public void ExpectsGone(string processGuid) => Of(processGuid).Next = Gone;

    public void ExpectsTask(string guid) => _tasks.Add(guid);

    public void Promised(string processGuid, int instances)
    {
        Acknowledged++;
        var found = truth.DesiredLrps.GetValueOrDefault(processGuid)?.Instances ?? Gone;
        if (found != instances)
            violated(Rule, $"{processGuid}: acknowledged with {Text(instances)}, but the database has {Text(found)}");
        Of(processGuid).Now = instances;
        Of(processGuid).Next = null;
    }

    public void PromisedGone(string processGuid) => Promised(processGuid, Gone);

    public void PromisedTask(string guid)
    {
        Acknowledged++;
        // A short task may have run, been reported and been deleted while the acknowledgement was on its way.
        if (!truth.Tasks.ContainsKey(guid) && !_ended.Contains(guid))
            violated(Rule, $"task {guid}: acknowledged, but never in the database");
    }

    /// <summary>A client asked for an instance to be stopped; the request may take the given time.</summary>
    public void MayStop(LrpKey key, TimeSpan within) => _mayStop[key] = world.Now + within + LongestDelay;

    public bool IsStopAsked(LrpKey key) => _mayStop.TryGetValue(key, out var until) && until >= world.Now;

    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Desired)
        {
            var guid = (after ?? before)!.ProcessGuid;
            var wanted = _lrps.GetValueOrDefault(guid);
            var found = after?.Instances ?? Gone;
            if (wanted is null || (found != wanted.Now && found != wanted.Next))
                violated(
                    Rule,
                    $"{guid}: committed with {Text(found)}; acknowledged: {Text(wanted?.Now ?? Gone)}, requested: {(wanted?.Next is { } next ? Text(next) : "nothing")}"
                );
        }

        foreach (var (before, after) in commit.Tasks)
        {
            if (before is null && after is not null && !_tasks.Contains(after.TaskGuid))
                violated(Rule, $"task {after.TaskGuid}: no client requested it");
            if (after is null && before is not null)
                _ended.Add(before.TaskGuid);
        }
    }

    private static string Text(int instances) => instances == Gone ? "no LRP" : $"{instances} instances";

    private Expectation Of(string processGuid)
    {
        if (!_lrps.TryGetValue(processGuid, out var expectation))
            _lrps.Add(processGuid, expectation = new Expectation());
        return expectation;
    }

    private sealed class Expectation
    {
        /// <summary>As last acknowledged.</summary>
        public int Now { get; set; } = Gone;

        /// <summary>As requested but not yet acknowledged; may be committed from now on.</summary>
        public int? Next { get; set; }
    }
}

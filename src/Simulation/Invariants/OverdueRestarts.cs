using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>A crashed instance is restarted soon after its back-off has passed.</summary>
internal sealed class OverdueRestarts(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "a crashed instance is restarted when its back-off has passed";

    // The longest time that converger and BBS can both be down or fail over, with faults of 60 s at most, plus the converger's repeat
    // interval.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    private readonly Lasting<LrpKey> _overdue = new();

    /// <summary>How long ago the back-off of a crashed instance passed; null if it is never restarted.</summary>
    public TimeSpan? Overdue(ActualLRP crashed)
    {
        var since = UnixNanos.ToTime(crashed.Since);
        return VirtualWorld.Epoch + cluster.World.Now - since - RestartPolicy.Backoff(crashed.CrashCount);
    }

    public void Look()
    {
        var overdue = new List<LrpKey>();
        foreach (var row in truth.ActualLrps.Values)
        {
            if (row is not { State: ActualLrpStateNames.Crashed, Presence: ActualLRP.Types.Presence.Ordinary })
                continue;
            var key = new LrpKey(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index);
            if (!truth.DesiredLrps.TryGetValue(key.ProcessGuid, out var lrp) || key.Index >= lrp.Instances)
                continue;
            if (Overdue(row) > TimeSpan.Zero)
                overdue.Add(key);
        }

        foreach (var key in _overdue.Exceeding(Limit, cluster.World.Now, overdue))
            violated(Rule, $"{key} is still CRASHED {Limit.TotalSeconds} s after its back-off");
    }
}

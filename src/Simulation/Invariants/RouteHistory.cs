using Scheduler.Bbs.Storage;
using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Network;

namespace Scheduler.Simulation.Invariants;

/// <summary>Every route that routers could correctly have been told, and since when it is outdated.</summary>
internal sealed class RouteHistory(SimulatedCluster cluster, ClusterTruth truth, AskedRoutes asked)
{
    private static readonly LrpPresence[] Presences = Enum.GetValues<LrpPresence>();

    private readonly Dictionary<string, List<AskedBackend>> _byInstance = new(StringComparer.Ordinal);

    // Includes LRPs that are no longer desired: their instances run on for a while.
    private readonly Dictionary<string, DesiredLRP> _desired = new(StringComparer.Ordinal);

    /// <summary>Every backend ever required for this instance.</summary>
    public IReadOnlyList<AskedBackend> Of(string instance) => _byInstance.TryGetValue(instance, out var known) ? known : [];

    public AskedBackend? Find(in Backend backend)
    {
        if (!_byInstance.TryGetValue(backend.InstanceGuid, out var known))
            return null;
        foreach (var entry in known)
        {
            if (entry.Backend == backend)
                return entry;
        }

        return null;
    }

    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Desired)
        {
            var lrp = after ?? before!;
            _desired[lrp.ProcessGuid] = lrp;
            var indexes = Math.Max(before?.Instances ?? 0, lrp.Instances);
            for (var index = 0; index < indexes; index++)
            {
                foreach (var presence in Presences)
                    Note(truth.ActualLrps.GetValueOrDefault(new ActualLrpRowKey(lrp.ProcessGuid, index, presence)));
            }
        }

        foreach (var (before, after) in commit.Actual)
        {
            Note(before);
            Note(after);
            if (commit.Desired.Count > 0)
                NoteInPassing(commit, before);
        }
    }

    // A commit may hold several commands whose events are sent one by one: the first command may desire a surplus instance again, and the
    // second may remove it.
    private void NoteInPassing(Commit commit, ActualLRP? gone)
    {
        if (gone is null || !_byInstance.TryGetValue(ClusterTruth.InstanceOf(gone), out var known))
            return;
        var key = gone.ActualLrpKey;
        if (!commit.Desired.Exists(change => change.After is { } lrp && lrp.ProcessGuid == key.ProcessGuid && key.Index < lrp.Instances))
            return;
        foreach (var entry in known)
        {
            if (entry.EndedAt is not null)
                entry.EndedAt = cluster.World.Now;
        }
    }

    private void Note(ActualLRP? row)
    {
        if (ClusterTruth.InstanceOf(row) is not { Length: > 0 } instance)
            return;
        var key = row!.ActualLrpKey;
        var wanted = asked.Of(_desired.GetValueOrDefault(key.ProcessGuid), truth.RowOf(instance));
        if (!_byInstance.TryGetValue(instance, out var known))
        {
            if (wanted.Count == 0)
                return;
            _byInstance.Add(instance, known = []);
        }

        var isDesired = truth.DesiredLrps.TryGetValue(key.ProcessGuid, out var lrp) && key.Index < lrp.Instances;
        foreach (var entry in known)
        {
            if (isDesired && wanted.Contains(entry.Backend))
                entry.EndedAt = null;
            else
                entry.EndedAt ??= cluster.World.Now;
        }

        foreach (var backend in wanted)
        {
            if (!known.Exists(entry => entry.Backend == backend))
                known.Add(new AskedBackend(backend) { EndedAt = isDesired ? null : cluster.World.Now });
        }
    }
}

/// <summary>A backend that a router could correctly have been told.</summary>
internal sealed class AskedBackend(Backend backend)
{
    public Backend Backend { get; } = backend;

    /// <summary>Since when it is no longer required; null while it is.</summary>
    public TimeSpan? EndedAt { get; set; }
}

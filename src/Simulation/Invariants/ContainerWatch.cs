using Scheduler.Rep.Runtime;
using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// Checks operations on containers: no cell holds more than it advertised, and a healthy instance that is desired on its cell is never
/// stopped, whatever else is broken.
/// </summary>
internal sealed class ContainerWatch(
    SimulatedCluster cluster,
    ClusterTruth truth,
    AcknowledgedWrites acknowledged,
    Action<string, string> violated
)
{
    public const string CapacityRule = "no cell is promised more than it advertised";
    public const string HealthyRule = "a healthy instance is never stopped by a fault of the control plane";
    public const string TwiceRule = "nothing is started twice because machines are slow";

    private static readonly TimeSpan LongestEvacuation = TimeSpan.FromMinutes(30);

    // An operator retries a call to a rep for this long.
    private static readonly TimeSpan LongestAsking = TimeSpan.FromMinutes(2);

    // Instances that the cluster has released for a valid reason; the stop may arrive when they would be desired again.
    private readonly HashSet<string> _letGo = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RepComponent> _reps = cluster.Reps.ToDictionary(rep => rep.Name, StringComparer.Ordinal);
    private readonly Dictionary<string, (TimeSpan AskedUntil, TimeSpan Until)> _evacuating = new(StringComparer.Ordinal);

    /// <summary>Whether machines can be slow, and nothing else can be wrong: then a cell starts what it has claimed.</summary>
    public bool IsOnlySlow { get; init; }

    public void Evacuates(string cell) => _evacuating[cell] = (cluster.World.Now + LongestAsking, cluster.World.Now + LongestEvacuation);

    public bool IsEvacuating(string cell) => _evacuating.TryGetValue(cell, out var evacuation) && evacuation.Until >= cluster.World.Now;

    /// <summary>A restarted rep no longer evacuates, unless an operator is still asking it to.</summary>
    public void Starts(RepComponent rep)
    {
        if (_evacuating.TryGetValue(rep.Name, out var evacuation))
            _evacuating[rep.Name] = (evacuation.AskedUntil, evacuation.AskedUntil);
    }

    public void Committed(Commit commit)
    {
        foreach (var (before, after) in commit.Desired)
        {
            if (before is null || (after is not null && after.Instances >= before.Instances))
                continue;
            for (var index = after?.Instances ?? 0; index < before.Instances; index++)
            {
                var slot = new Bbs.Storage.ActualLrpRowKey(before.ProcessGuid, index, LrpPresence.Ordinary);
                if (ClusterTruth.InstanceOf(truth.ActualLrps.GetValueOrDefault(slot)) is { Length: > 0 } instance)
                    _letGo.Add(instance);
            }
        }

        foreach (var (before, now) in commit.Actual)
        {
            if (ClusterTruth.InstanceOf(before) is not { Length: > 0 } instance)
                continue;
            var after = truth.RowOf(instance);
            if (after is { Presence: ActualLRP.Types.Presence.Ordinary })
                continue;
            if (
                before is { State: ActualLrpStateNames.Running, Presence: ActualLRP.Types.Presence.Ordinary }
                && !_letGo.Contains(instance)
                && WrongToLetGo(before, after, commit) is { } wrong
            )
                violated(
                    HealthyRule,
                    $"commit {commit.Revision} releases {instance}, the RUNNING instance of {before.ActualLrpKey.ProcessGuid}/{before.ActualLrpKey.Index}, {wrong}"
                );
            if (
                IsOnlySlow
                && before is { State: ActualLrpStateNames.Claimed }
                && now is not { State: ActualLrpStateNames.Crashed }
                && !_letGo.Contains(instance)
                && !acknowledged.IsStopAsked(new LrpKey(before.ActualLrpKey.ProcessGuid, before.ActualLrpKey.Index))
            )
                violated(
                    TwiceRule,
                    $"commit {commit.Revision} releases {instance}, which {before.ActualLrpInstanceKey.CellId} starts as {before.ActualLrpKey.ProcessGuid}/{before.ActualLrpKey.Index}"
                );
            _letGo.Add(instance);
        }
    }

    public void Creates(RepComponent rep, ContainerSpec spec, IReadOnlyList<ContainerSpec> there)
    {
        var memory = spec.Limits.MemoryMb + there.Where(other => other.Handle != spec.Handle).Sum(other => other.Limits.MemoryMb);
        if (memory > cluster.Settings.CellMemoryMb)
            violated(CapacityRule, $"{rep.Name} has {cluster.Settings.CellMemoryMb} MB and creates containers with {memory} MB");
    }

    /// <summary>A rep stops or destroys a container whose main process runs.</summary>
    public void Stops(RepComponent rep, ContainerInfo container, string how)
    {
        if (container.Spec.Properties.GetValueOrDefault(WorkProperties.Kind) != WorkProperties.Lrp)
            return;
        var row = truth.RowOf(container.Handle);
        if (row is not { State: ActualLrpStateNames.Running, Presence: ActualLRP.Types.Presence.Ordinary })
            return;
        var key = new LrpKey(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index);
        if (!truth.DesiredLrps.TryGetValue(key.ProcessGuid, out var lrp) || key.Index >= lrp.Instances)
            return;
        if (_letGo.Contains(container.Handle) || acknowledged.IsStopAsked(key) || IsEvacuating(rep.Name))
            return;
        violated(HealthyRule, $"{rep.Name} {how} {container.Handle}, which is the RUNNING instance of {key}");
    }

    /// <summary>
    /// Why the cluster should not have released an instance that ran, was desired and was not asked to stop by a client; null if it may.
    /// </summary>
    private string? WrongToLetGo(ActualLRP before, ActualLRP? after, Commit commit)
    {
        var (key, cell) = (new LrpKey(before.ActualLrpKey.ProcessGuid, before.ActualLrpKey.Index), before.ActualLrpInstanceKey.CellId);
        if (acknowledged.IsStopAsked(key) || IsEvacuating(cell))
            return null;
        // An instance on an absent cell becomes SUSPECT; whether the cell counts as absent rightly is checked by another rule. The cell may
        // have returned in the same commit.
        if (!truth.Cells.ContainsKey(cell) || commit.NewCells.Contains(cell))
            return null;
        if (after is not null)
            return $"as {after.Presence}, while its cell {cell} is present";
        return _reps[cell].Cell.Runs(before.ActualLrpInstanceKey.InstanceGuid) ? $"while it runs on {cell}" : null;
    }
}

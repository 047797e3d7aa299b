using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// A cell that renews its presence as it should must not be considered absent, neither by a new active BBS nor by one that was delayed.
/// </summary>
/// <remarks>
/// Instances on a cell considered absent are replaced and then stopped, so a fault of the control plane would stop healthy instances.
/// </remarks>
internal sealed class CellHealth(SimulatedCluster cluster, ContainerWatch containers, Action<string, string> violated)
{
    public const string Rule = "a healthy cell is not given up";

    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // If calls are lost this often, all renewals of a presence may be lost.
    private const double StormyDrops = 0.05;

    // A presence expires after 15 s. An expiry caused by a fault may be committed later: the commit may be slow or have to be retried.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(30);

    private readonly Dictionary<string, (VirtualProcess? Process, TimeSpan UnwellAt)> _seen = new(StringComparer.Ordinal);

    public void Look()
    {
        foreach (var rep in cluster.Reps)
        {
            if (IsUnwell(rep) || !_seen.TryGetValue(rep.Name, out var seen) || seen.Process != rep.Process)
                _seen[rep.Name] = (rep.Process, cluster.World.Now);
        }
    }

    public void Committed(Commit commit)
    {
        foreach (var cell in commit.GoneCells)
        {
            if (containers.IsEvacuating(cell) || !_seen.TryGetValue(cell, out var seen))
                continue;
            var well = cluster.World.Now - seen.UnwellAt;
            if (well > Recovery)
                violated(
                    Rule,
                    $"{commit.By.Name} gave up {cell} in commit {commit.Revision}, though it has been healthy for {well.TotalSeconds:0} s"
                );
        }
    }

    private bool IsUnwell(RepComponent rep) =>
        rep.Process is not { IsDead: false, IsPaused: false }
        || cluster.Network.Conditions.DropProbability >= StormyDrops
        || cluster.Bbses.Any(bbs => cluster.Network.IsCut(rep.Machine, bbs.Machine));
}

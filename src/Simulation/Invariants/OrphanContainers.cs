using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// A container of an instance that no row names is one that nobody will ever stop, route to or count: its rep, while it is there to
/// do so, compares and removes it. The same of a task that is not known any more.
/// </summary>
internal sealed class OrphanContainers(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "no container outlives the row that names it";

    // Reps compare with the BBS every minute or so, and may have to wait for one for another: faults last 60 s at most.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    private readonly Lasting<(string Cell, string Container)> _orphans = new();

    public void Look()
    {
        var orphans = new List<(string Cell, string Container)>();
        foreach (var rep in cluster.Reps)
        {
            if (!rep.IsRunning || !truth.Cells.ContainsKey(rep.Name)) continue;
            foreach (var container in rep.Cell.Runtime.Specs)
            {
                // A container's handle is its instance's GUID or its task's; no task is named as an instance is.
                var named = truth.RowOf(container.Handle) is { } row ? row.ActualLrpInstanceKey.CellId == rep.Name : truth.Tasks.ContainsKey(container.Handle);
                if (!named) orphans.Add((rep.Name, container.Handle));
            }
        }

        foreach (var (cell, container) in _orphans.Exceeding(Limit, cluster.World.Now, orphans))
            violated(Rule, $"{cell} has had container {container} for {Limit.TotalSeconds} s without a row that names it");
    }
}

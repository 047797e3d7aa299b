using Scheduler.Simulation.Clusters;

namespace Scheduler.Simulation.Invariants;

/// <summary>
/// A container whose instance no row names would never be stopped, routed to or counted; its rep, while it runs, must find and remove it
/// when it reconciles. The same applies to containers of unknown tasks.
/// </summary>
internal sealed class OrphanContainers(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "no container outlives the row that names it";

    // Reps reconcile with the BBS about every minute and may have to wait for several failovers: faults last 60 s at most.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    private readonly Lasting<(string Cell, string Container)> _orphans = new();

    public void Look()
    {
        var orphans = new List<(string Cell, string Container)>();
        foreach (var rep in cluster.Reps)
        {
            if (!rep.IsRunning || !truth.Cells.ContainsKey(rep.Name))
                continue;
            foreach (var container in rep.Cell.Runtime.Specs)
            {
                // A container's handle is the GUID of its instance or task; no task has the name of an instance.
                var named = truth.RowOf(container.Handle) is { } row
                    ? row.ActualLrpInstanceKey.CellId == rep.Name
                    : truth.Tasks.ContainsKey(container.Handle);
                if (!named)
                    orphans.Add((rep.Name, container.Handle));
            }
        }

        foreach (var (cell, container) in _orphans.Exceeding(Limit, cluster.World.Now, orphans))
            violated(Rule, $"{cell} has kept container {container} for {Limit.TotalSeconds} s without a row that names it");
    }
}

using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>Work of a lost cell is replaced: no ORDINARY row keeps naming an absent cell.</summary>
/// <remarks>
/// If many cells are absent at once, replacement is paced or held on purpose, and also if an operator keeps a cell; such times do not
/// count.
/// </remarks>
internal sealed class LostCells(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "instances of a lost cell are replaced";

    // Up to this fraction of absent cells, their loss is not attributed to the network.
    private const int OneIn = 4;

    // A presence expires after 15 s; the rest covers a BBS and a converger that are down or fail over, 60 s at most each, and retries.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    private readonly Lasting<(string Cell, LrpKey Key)> _left = new();

    public void Look()
    {
        var left = new List<(string Cell, LrpKey Key)>();
        if ((cluster.Reps.Count - truth.Cells.Count) * OneIn <= cluster.Reps.Count)
        {
            foreach (var row in truth.ActualLrps.Values)
            {
                if (
                    row.Presence == ActualLRP.Types.Presence.Ordinary
                    && row.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running
                    && !truth.Cells.ContainsKey(row.ActualLrpInstanceKey.CellId)
                    && !IsKept(row.ActualLrpInstanceKey.CellId)
                )
                    left.Add((row.ActualLrpInstanceKey.CellId, new LrpKey(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index)));
            }
        }

        foreach (var (cell, key) in _left.Exceeding(Limit, cluster.World.Now, left))
            violated(Rule, $"{key} is still placed on {cell}, which has been absent for {Limit.TotalSeconds} s");
    }

    private bool IsKept(string cell) =>
        truth.AbsentCells.GetValueOrDefault(cell) is { Verdict: AbsentCell.Types.Verdict.Keep } absent
        && UnixNanos.ToTime(absent.KeepUntil) > VirtualWorld.Epoch + cluster.World.Now;
}

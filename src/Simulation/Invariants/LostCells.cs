using Scheduler.Simulation.Clusters;
using Scheduler.Simulation.Time;

namespace Scheduler.Simulation.Invariants;

/// <summary>What a lost cell ran is replaced: no ordinary row goes on naming a cell that is not present.</summary>
/// <remarks>When many cells are away at once replacement is paced or held, on purpose, and so it is when an operator keeps a cell; such times do not count.</remarks>
internal sealed class LostCells(SimulatedCluster cluster, ClusterTruth truth, Action<string, string> violated)
{
    public const string Rule = "instances of a lost cell are replaced";

    // A share of cells whose loss is not yet taken for the network's.
    private const int OneIn = 4;

    // Presence runs out in 15 s; the rest is a BBS and a converger that are away or change, 60 s at most each, and repetitions.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(240);

    private readonly Lasting<(string Cell, LrpKey Key)> _left = new();

    public void Look()
    {
        var left = new List<(string Cell, LrpKey Key)>();
        if ((cluster.Reps.Count - truth.Cells.Count) * OneIn <= cluster.Reps.Count)
        {
            foreach (var row in truth.ActualLrps.Values)
            {
                if (row.Presence == ActualLRP.Types.Presence.Ordinary && row.State is ActualLrpStateNames.Claimed or ActualLrpStateNames.Running
                    && !truth.Cells.ContainsKey(row.ActualLrpInstanceKey.CellId) && !IsKept(row.ActualLrpInstanceKey.CellId))
                    left.Add((row.ActualLrpInstanceKey.CellId, new LrpKey(row.ActualLrpKey.ProcessGuid, row.ActualLrpKey.Index)));
            }
        }

        foreach (var (cell, key) in _left.Exceeding(Limit, cluster.World.Now, left)) violated(Rule, $"{key} is still placed on {cell}, which has been gone for {Limit.TotalSeconds} s");
    }

    private bool IsKept(string cell) =>
        truth.AbsentCells.GetValueOrDefault(cell) is { Verdict: AbsentCell.Types.Verdict.Keep } absent
        && UnixNanos.ToTime(absent.KeepUntil) > VirtualWorld.Epoch + cluster.World.Now;
}

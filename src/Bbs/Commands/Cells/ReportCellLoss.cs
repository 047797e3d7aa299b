using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Cells;

/// <summary>The converger reports which cells it has given up, and its current mode of giving up cells.</summary>
internal sealed class ReportCellLoss(ReportCellLossRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var lost = 0;
        foreach (var cellId in request.LostCellIds)
        {
            // The converger may not know yet that the cell is back or that an operator keeps it; both take precedence.
            if (
                Absence.Find(decision.State, cellId) is not { Standing: AbsentCell.Types.Standing.Unheard } absent
                || absent.IsKeptAt(decision.NowNs)
            )
                continue;
            Absence.Put(decision, Absence.Lost(absent, decision.NowNs));
            lost++;
        }

        var before = decision.State.CellLoss;
        var after = request.Loss.Clone();
        if (before is null && after.Mode == CellLoss.Types.Mode.AtOnce)
            return new Done();
        after.Since = before?.Since ?? decision.NowNs;
        after.GivenUp = (before?.GivenUp ?? 0) + lost;
        if (after.Equals(before))
            return new Done();
        // The last event reports the outcome; no row is needed.
        if (after.Mode == CellLoss.Types.Mode.AtOnce)
            decision.State.DeleteCellLoss();
        else
            decision.State.Put(after);
        decision.Emit(ClusterEvents.LossChanged(after));
        return new Done();
    }
}

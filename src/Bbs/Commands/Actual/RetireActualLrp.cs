using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>
/// Somebody wants this instance to stop. What has no container is deleted; else the cell is asked, and the cell's rep removes the
/// row when the container has gone. The value is the row to stop, or null when there was nothing to ask.
/// </summary>
internal sealed class RetireActualLrp(ActualLRPKey key) : Command<ActualLRP?>
{
    public override Result<ActualLRP?> Decide(Decision decision)
    {
        var row = decision.State.Row(key.ProcessGuid, key.Index);
        if (row is null) return Refusals.NoRow(key);
        return Retirement.Apply(decision, row) ? row : default(ActualLRP);
    }
}

/// <summary>How rows that are not wanted any more go.</summary>
internal static class Retirement
{
    /// <summary>True when a cell has to be asked; that is the caller's to do.</summary>
    public static bool Apply(Decision decision, ActualLRP row)
    {
        if (row.IsOnCell() && decision.State.Cell(row.CellId()) is not null) return true;
        decision.Delete(row);
        return false;
    }

    /// <summary>Every ORDINARY or SUSPECT row from the index on goes. EVACUATING ones go with their cell's drain.</summary>
    public static void StopFrom(Decision decision, string processGuid, int fromIndex)
    {
        foreach (var row in decision.State.RowsOf(processGuid).All)
        {
            if (row.Index() < fromIndex || row.Presence == ActualLRP.Types.Presence.Evacuating) continue;
            if (!row.IsOnCell()) decision.Delete(row);
            // A cell that is away may come back with the container; convergence goes on from there.
            else if (decision.State.Cell(row.CellId()) is not null) decision.Then(new FollowUp.StopInstance(row));
        }
    }
}

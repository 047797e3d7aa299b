using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>
/// Stops an instance on request. A row without a container is deleted; otherwise the cell is asked to stop the container, and its rep
/// removes the row once the container is gone. The value is the row to stop, or null when no cell has to be asked.
/// </summary>
internal sealed class RetireActualLrp(ActualLRPKey key) : Command<ActualLRP?>
{
    public override Result<ActualLRP?> Decide(Decision decision)
    {
        var row = decision.State.Row(key.ProcessGuid, key.Index);
        if (row is null)
            return Refusals.NoRow(key);
        return Retirement.Apply(decision, row) ? row : default(ActualLRP);
    }
}

/// <summary>Removal of rows that are no longer desired.</summary>
internal static class Retirement
{
    /// <summary>Returns true when the cell has to be asked to stop the container; the caller must do so.</summary>
    public static bool Apply(Decision decision, ActualLRP row)
    {
        if (row.IsOnCell() && decision.State.Cell(row.CellId()) is not null)
            return true;
        decision.Delete(row);
        return false;
    }

    /// <summary>Retires every ORDINARY or SUSPECT row from the index on. EVACUATING rows end with their cell's drain.</summary>
    public static void StopFrom(Decision decision, string processGuid, int fromIndex)
    {
        foreach (var row in decision.State.RowsOf(processGuid).All)
        {
            if (row.Index() < fromIndex || row.Presence == ActualLRP.Types.Presence.Evacuating)
                continue;
            if (!row.IsOnCell())
                decision.Delete(row);
            // An absent cell may return with the container; convergence handles it then.
            else if (decision.State.Cell(row.CellId()) is not null)
                decision.Then(new FollowUp.StopInstance(row));
        }
    }
}

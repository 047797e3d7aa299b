using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Convergence;

/// <summary>Repairs after the loss of a cell: an instance that may still run out of reach, and its replacement.</summary>
internal static class SuspectRepairs
{
    public static DomainError? Suspect(Decision decision, LRPVersion version)
    {
        if (!LrpRepairs.Seen(decision, version, LrpPresence.Ordinary, out var row))
            return row is null ? LrpRepairs.Gone(version) : LrpRepairs.Changed(row);
        if (!row.IsOnCell())
            return LrpRepairs.Changed(row);
        if (Stale.UnlessLost(decision, row.CellId(), $"actual LRP {row.Slot()}") is { } refusal)
            return refusal;
        if (decision.State.Row(row.ProcessGuid(), row.Index(), LrpPresence.Suspect) is not null)
            return Stale.Because($"actual LRP {row.Slot()}", "it has a suspect instance already");

        decision.Change(row, ActualLrpRows.WithPresence(row, LrpPresence.Suspect));
        if (decision.State.DesiredLrp(row.ProcessGuid()) is { } lrp && row.Index() < lrp.Instances)
            Slots.Open(decision, lrp, row.Index());
        return null;
    }

    public static DomainError? Promote(Decision decision, LRPVersion version)
    {
        if (!LrpRepairs.Seen(decision, version, LrpPresence.Suspect, out var suspect))
            return suspect is null ? LrpRepairs.Gone(version) : LrpRepairs.Changed(suspect);
        if (decision.State.Cell(suspect.CellId()) is null)
            return Stale.Because($"actual LRP {suspect.Slot()}", $"its cell {suspect.CellId()} is not present");
        var replacement = decision.State.Row(suspect.ProcessGuid(), suspect.Index());
        if (replacement?.State == ActualLrpStateNames.Running)
            return Stale.Because($"actual LRP {suspect.Slot()}", "its replacement runs");

        if (replacement is not null)
            decision.Delete(replacement);
        decision.Change(suspect, ActualLrpRows.WithPresence(suspect, LrpPresence.Ordinary));
        return null;
    }

    public static DomainError? Remove(Decision decision, LRPVersion version, LrpPresence presence)
    {
        if (LrpRepairs.Seen(decision, version, presence, out var row))
            decision.Delete(row);
        else if (row is not null)
            return LrpRepairs.Changed(row);
        return null;
    }
}

using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>
/// A rep reports that an instance runs, or that its routes, tags or readiness changed. The rep is authoritative: the instance takes over
/// a slot that another instance has only claimed, or that has no row at all.
/// </summary>
internal sealed class StartActualLrp(StartActualLRPRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var key = request.ActualLrpKey;
        var facts = RunningFacts.Of(request);
        var rows = decision.State.RowsOf(key.ProcessGuid);
        if (rows.Find(key.Index, LrpPresence.Suspect)?.Is(facts.Instance) == true)
            return new Done();

        var row = rows.Find(key.Index, LrpPresence.Ordinary);
        if (row is null)
        {
            var created = ActualLrpRows.Unclaimed(key, decision.NewEpoch(), decision.NowNs);
            facts.ApplyTo(created);
            decision.Create(created);
        }
        else if (!facts.AreThoseOf(row))
        {
            if (!ActualLrpRows.Allows(row, ActualLrpState.Running, facts.Instance))
                return Refusals.CannotBe(ErrorKind.ActualLrpCannotBeStarted, row);
            var started = ActualLrpRows.Next(row, decision.NowNs);
            facts.ApplyTo(started);
            decision.Change(row, started);
        }
        ReplacePredecessors(decision, rows, key.Index);
        return new Done();
    }

    // The slot runs again, so the instance that served in its place is no longer needed.
    private static void ReplacePredecessors(Decision decision, ProcessRows rows, int index)
    {
        if (rows.Find(index, LrpPresence.Evacuating) is { } evacuating)
            decision.Delete(evacuating);
        if (rows.Find(index, LrpPresence.Suspect) is { } suspect)
            decision.Delete(suspect);
    }
}

using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Evacuation;

/// <summary>
/// A draining cell polls whether a running container must keep serving. The first call opens the slot for a replacement and turns the
/// container's row into an EVACUATING one, which keeps serving. Once the replacement runs, the answer is no.
/// </summary>
internal sealed class EvacuateRunning(EvacuateRunningActualLRPRequest request) : Command<EvacuationResponse>
{
    private static readonly EvacuationResponse Keep = new() { KeepContainer = true };
    private static readonly EvacuationResponse Drop = new();

    private readonly RunningFacts _facts = RunningFacts.Of(request);

    public override Result<EvacuationResponse> Decide(Decision decision)
    {
        var key = request.ActualLrpKey;
        var rows = decision.State.RowsOf(key.ProcessGuid);
        var ordinary = rows.Find(key.Index, LrpPresence.Ordinary);
        var evacuating = rows.Find(key.Index, LrpPresence.Evacuating);
        if (ordinary is null && evacuating is null && rows.Find(key.Index, LrpPresence.Suspect) is null)
            return Drop;

        var desired = decision.State.DesiredLrp(key.ProcessGuid);
        if (ordinary is null || IsReplaced(ordinary) || desired is null)
        {
            if (evacuating is not null && evacuating.Is(_facts.Instance))
                decision.Delete(evacuating);
            return Drop;
        }
        var own = InstanceRows.Find(decision, key, _facts.Instance);
        return desired.UpdateStrategy == DesiredLRP.Types.UpdateStrategy.Recreate
            ? Recreate(decision, desired, own)
            : Roll(decision, own, evacuating);
    }

    // Another instance runs in the slot or has crashed there on its own; in both cases this instance is no longer needed.
    private bool IsReplaced(ActualLRP ordinary) =>
        !ordinary.Is(_facts.Instance) && ordinary.State is ActualLrpStateNames.Running or ActualLrpStateNames.Crashed;

    /// <summary>Never run two containers of one slot at a time, nor leave two slots of the process without a container.</summary>
    private static EvacuationResponse Recreate(Decision decision, DesiredLRP desired, ActualLRP? own)
    {
        if (own is null)
            return Drop;
        if (!own.IsOrdinary())
        {
            decision.Delete(own);
            return Drop;
        }
        if (!own.IsOnCell())
            return Drop;
        if (!AllRun(decision, desired))
            return Keep;
        decision.Change(own, ActualLrpRows.ToUnclaimed(own, decision.NowNs));
        return Drop;
    }

    private static bool AllRun(Decision decision, DesiredLRP desired)
    {
        var rows = decision.State.RowsOf(desired.ProcessGuid);
        for (var index = 0; index < desired.Instances; index++)
        {
            if (rows.Find(index, LrpPresence.Ordinary)?.State != ActualLrpStateNames.Running)
                return false;
        }
        return true;
    }

    private EvacuationResponse Roll(Decision decision, ActualLRP? own, ActualLRP? evacuating)
    {
        if (own is null || own.Presence == ActualLRP.Types.Presence.Evacuating)
        {
            if (evacuating is not null && !evacuating.Is(_facts.Instance))
                return Drop;
            RefreshEvacuating(decision, evacuating);
            return Keep;
        }
        if (!own.IsOnCell())
            return Drop;

        var copy = NewEvacuating(decision);
        if (evacuating is not null)
            decision.Delete(evacuating);
        if (own.IsOrdinary())
            HandOver(decision, own, copy);
        else
            decision.Change(own, copy);
        return Keep;
    }

    // Emitted as one instance whose presence changed, plus one new slot.
    private static void HandOver(Decision decision, ActualLRP own, ActualLRP copy)
    {
        decision.Change(own, copy);
        decision.Create(ActualLrpRows.ToUnclaimed(own, decision.NowNs));
    }

    private void RefreshEvacuating(Decision decision, ActualLRP? evacuating)
    {
        if (evacuating is null)
        {
            decision.Create(NewEvacuating(decision));
        }
        else if (!_facts.AreThoseOf(evacuating))
        {
            var refreshed = ActualLrpRows.Next(evacuating, decision.NowNs);
            _facts.ApplyTo(refreshed);
            decision.Change(evacuating, refreshed);
        }
    }

    private ActualLRP NewEvacuating(Decision decision)
    {
        var row = ActualLrpRows.Unclaimed(request.ActualLrpKey, decision.NewEpoch(), decision.NowNs);
        row.Presence = ActualLRP.Types.Presence.Evacuating;
        _facts.ApplyTo(row);
        return row;
    }
}

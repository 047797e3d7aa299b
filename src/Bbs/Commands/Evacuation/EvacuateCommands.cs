using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Evacuation;

/// <summary>A draining cell returns a slot whose container never ran.</summary>
internal sealed class EvacuateClaimed(EvacuateActualLRPRequest request) : Command<EvacuationResponse>
{
    public override Result<EvacuationResponse> Decide(Decision decision)
    {
        var row = InstanceRows.Find(decision, request.ActualLrpKey, request.ActualLrpInstanceKey);
        if (row is null)
            return Refusals.NoRow(request.ActualLrpKey);
        if (!row.IsOrdinary())
            decision.Delete(row);
        else
            decision.Change(row, ActualLrpRows.ToUnclaimed(row, decision.NowNs));
        return new EvacuationResponse();
    }
}

/// <summary>A container of a draining cell crashed.</summary>
internal sealed class EvacuateCrashed(EvacuateCrashedActualLRPRequest request) : Command<EvacuationResponse>
{
    public override Result<EvacuationResponse> Decide(Decision decision)
    {
        var row = InstanceRows.Find(decision, request.ActualLrpKey, request.ActualLrpInstanceKey);
        if (row is null)
            return Refusals.NoRow(request.ActualLrpKey);
        if (!row.IsOrdinary())
        {
            decision.Delete(row);
            return new EvacuationResponse();
        }
        return Crash.Apply(decision, row, request.ActualLrpInstanceKey, request.ErrorMessage, request.Permanent) is { } refusal
            ? refusal
            : new EvacuationResponse();
    }
}

/// <summary>A container of a draining cell stopped as requested.</summary>
internal sealed class EvacuateStopped(EvacuateActualLRPRequest request) : Command<EvacuationResponse>
{
    public override Result<EvacuationResponse> Decide(Decision decision)
    {
        var row = InstanceRows.Find(decision, request.ActualLrpKey, request.ActualLrpInstanceKey);
        if (row is null)
            return Refusals.NoRow(request.ActualLrpKey);
        decision.Delete(row);
        return new EvacuationResponse();
    }
}

/// <summary>A rep finds one of its own EVACUATING rows without a container.</summary>
internal sealed class RemoveEvacuating(EvacuateActualLRPRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var key = request.ActualLrpKey;
        var row = decision.State.Row(key.ProcessGuid, key.Index, LrpPresence.Evacuating);
        if (row is null || !row.Is(request.ActualLrpInstanceKey))
            return Refusals.NoRow(key);
        decision.Delete(row);
        return new Done();
    }
}

internal static class InstanceRows
{
    /// <summary>The row of this instance under any presence; an ORDINARY row takes precedence.</summary>
    public static ActualLRP? Find(Decision decision, ActualLRPKey key, ActualLRPInstanceKey instance)
    {
        var rows = decision.State.RowsOf(key.ProcessGuid);
        return Match(LrpPresence.Ordinary) ?? Match(LrpPresence.Evacuating) ?? Match(LrpPresence.Suspect);

        ActualLRP? Match(LrpPresence presence) => rows.Find(key.Index, presence) is { } row && row.Is(instance) ? row : null;
    }
}

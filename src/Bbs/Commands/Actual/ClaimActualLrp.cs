using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>A rep claims an UNCLAIMED slot for a container that it has reserved.</summary>
internal sealed class ClaimActualLrp(ClaimActualLRPRequest request) : Command<ClaimActualLRPResponse>
{
    public override Result<ClaimActualLRPResponse> Decide(Decision decision)
    {
        var instance = request.ActualLrpInstanceKey;
        var rows = decision.State.RowsOf(request.ProcessGuid);
        // The instance is SUSPECT. It keeps running; whether it keeps its slot is decided elsewhere.
        if (rows.Find(request.Index, LrpPresence.Suspect)?.Is(instance) == true)
            return Answer(decision);

        var row = rows.Find(request.Index, LrpPresence.Ordinary);
        if (row is null)
            return Refusals.NoRow(request.ProcessGuid, request.Index);
        if (!ActualLrpRows.Allows(row, ActualLrpState.Claimed, instance))
            return Refusals.CannotBe(ErrorKind.ActualLrpCannotBeClaimed, row);
        if (row.State == ActualLrpStateNames.Claimed)
            return Answer(decision);

        var claimed = ActualLrpRows.Next(row, decision.NowNs);
        claimed.State = ActualLrpStateNames.Claimed;
        claimed.ActualLrpInstanceKey = instance;
        claimed.ActualLrpNetInfo = ActualLrpRows.NoNetInfo;
        claimed.PlacementError = "";
        decision.Change(row, claimed);
        return Answer(decision);
    }

    private ClaimActualLRPResponse Answer(Decision decision) =>
        decision.State.DesiredLrp(request.ProcessGuid) is { } definition && definition.ModificationTag.Equals(request.KnownDefinition)
            ? new ClaimActualLRPResponse { CurrentDefinition = definition.ModificationTag }
            : new ClaimActualLRPResponse { DesiredLrp = decision.State.DesiredLrp(request.ProcessGuid) };
}

using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>A rep says that the instance of a slot is gone for good; with a key, only if it is that instance.</summary>
internal sealed class RemoveActualLrp(RemoveActualLRPRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var row = decision.State.Row(request.ProcessGuid, request.Index);
        if (row is null || (request.ActualLrpInstanceKey is { } instance && !row.Is(instance)))
            return Refusals.NoRow(request.ProcessGuid, request.Index);
        decision.Delete(row);
        return new Done();
    }
}

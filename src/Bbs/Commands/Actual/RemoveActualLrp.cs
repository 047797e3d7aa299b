using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>A rep reports that the instance of a slot is gone. If the request has an instance key, only that instance is removed.</summary>
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

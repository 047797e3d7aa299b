using Scheduler.Bbs.State;

namespace Scheduler.Bbs.Commands.Actual;

/// <summary>The auctioneer found no cell; the slot stays UNCLAIMED and records the reason.</summary>
internal sealed class FailActualLrp(FailActualLRPRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var row = decision.State.Row(request.ActualLrpKey.ProcessGuid, request.ActualLrpKey.Index);
        if (row is null)
            return new Done();
        if (row.State != ActualLrpStateNames.Unclaimed)
            return Refusals.CannotBe(ErrorKind.ActualLrpCannotBeFailed, row);

        var failed = ActualLrpRows.Next(row, decision.NowNs);
        failed.PlacementError = Text.Truncate(request.ErrorMessage);
        decision.Change(row, failed);
        return new Done();
    }
}

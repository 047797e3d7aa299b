using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Auctioneer.Cells;
using Scheduler.Models;
using Wire = Scheduler.Contracts.V1;

namespace Scheduler.Auctioneer.Api;

/// <summary>Explainer of why a piece of work is where it is, on a copy of the fleet.</summary>
internal static class PlacementExplainer
{
    /// <param name="wanted">The work as stored in the BBS; null if the BBS no longer has it.</param>
    /// <exception cref="DomainException">Neither the BBS nor the decision memory knows the work.</exception>
    public static Wire.ExplainResponse Explain(AuctionLook look, WantedWork? wanted, string name)
    {
        var work =
            wanted?.Work
            ?? look.Decision?.Work
            ?? throw DomainError.NotFound($"{name} (it does not exist, and no decision about it is remembered)").ToException();
        var ask = work.AskOf(look.Fleet);
        if (wanted is { CellId.Length: > 0 })
            WithoutInstance.TryMake(look.Fleet, new CellId(wanted.CellId), ask, wanted.IsStarting);
        var response = new Wire.ExplainResponse
        {
            Guid = work.Guid,
            Index = work.Index,
            IsTask = work.Kind == WorkKind.OneOffTask,
            Demand = WorkRequests.ToDemand(work),
            CellId = wanted?.CellId ?? "",
            Now = AuctionAnswers.ToWire(look.Fleet.Explain(ask)),
            StartsWaiting = look.StartsWaiting,
        };
        if (look.Decision is { } decision && decision.Work.Kind == work.Kind)
            response.Last = AuctionAnswers.ToWire(decision);
        return response;
    }
}

using Scheduler.Auctioneer.Auction.Explain;
using Scheduler.Auctioneer.Auction.Terms;
using Scheduler.Auctioneer.Bidding;
using Scheduler.Models;
using Wire = Scheduler.Contracts.V1;

namespace Scheduler.Auctioneer.Api;

/// <summary>Converter from auction results to contract messages.</summary>
internal static class AuctionAnswers
{
    public static Wire.PlacementDecision ToWire(RememberedDecision decision) =>
        new()
        {
            DecidedAt = UnixNanos.From(decision.DecidedAt),
            CellId = decision.Result.Cell.Value ?? "",
            Score = decision.Result.Score,
            PlacementError = decision.Result.Error ?? "",
            Reauctions = decision.Work.Reauctions,
            LastRefusal = decision.Work.LastRefusal ?? "",
            Then = decision.Then is { } then ? ToWire(then) : null,
        };

    public static Wire.PlacementExplanation ToWire(PlacementExplanation explanation) =>
        new()
        {
            CellId = explanation.Decision.Cell.Value ?? "",
            Score = explanation.Decision.Score,
            PlacementError = explanation.Decision.Error ?? "",
            Rules = { explanation.Rules.Select(ToWire) },
            Feasible = explanation.Feasible,
            Bids = { explanation.Bids.Select(ToWire) },
        };

    public static Wire.PlannedPlacement ToWire(PlannedPlacement placement) =>
        new()
        {
            Guid = placement.Ask.Guid,
            Index = placement.Ask.Index,
            IsTask = placement.Ask.Kind == WorkKind.OneOffTask,
            CellId = placement.Result.Cell.Value ?? "",
            Score = placement.Result.Score,
            PlacementError = placement.Result.Error ?? "",
        };

    private static Wire.RuleVerdict ToWire(RuleVerdict verdict) =>
        new()
        {
            Rule = verdict.Rule,
            TurnedAway = verdict.TurnedAway,
            Considered = verdict.Considered,
            NearestMiss = verdict.NearestMiss ?? "",
        };

    private static Wire.CellBid ToWire(CellBid bid) =>
        new()
        {
            CellId = bid.Cell.Value,
            Zone = bid.Zone,
            ZoneInstances = bid.ZoneInstances,
            Score = bid.Score,
            Resource = bid.Resource,
            Starting = bid.Starting,
            Locality = bid.Locality,
            Index = bid.Index,
        };
}

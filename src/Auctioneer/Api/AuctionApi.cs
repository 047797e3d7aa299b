using Grpc.Core;
using Scheduler.Auctioneer.Cells;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Auctioneer.Api;

/// <summary>Takes work for the next auction: checks it, then all of it or nothing.</summary>
internal sealed class AuctionApi(AuctioneerService auctioneer) : AuctionService.AuctionServiceBase
{
    public override Task<LRPAuctionsResponse> RequestLRPAuctions(LRPAuctionsRequest request, ServerCallContext context)
    {
        Check([.. request.Requests.SelectMany(StartRequestRules.Broken)]);
        auctioneer.Offer([.. request.Requests.SelectMany(WorkRequests.FromRequest)]);
        return Task.FromResult(new LRPAuctionsResponse());
    }

    public override Task<TaskAuctionsResponse> RequestTaskAuctions(TaskAuctionsRequest request, ServerCallContext context)
    {
        Check([.. request.Requests.SelectMany(StartRequestRules.Broken)]);
        auctioneer.Offer([.. request.Requests.Select(WorkRequests.FromRequest)]);
        return Task.FromResult(new TaskAuctionsResponse());
    }

    private static void Check(IReadOnlyList<FieldViolation> violations)
    {
        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
    }
}

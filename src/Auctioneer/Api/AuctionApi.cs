using Google.Protobuf;
using Grpc.Core;
using Scheduler.Auctioneer.Cells;
using Scheduler.Contracts.Fields;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Models;
using FieldViolation = Scheduler.Models.FieldViolation;

namespace Scheduler.Auctioneer.Api;

/// <summary>
/// The auctioneer's gRPC service. It validates start requests and accepts each one as a whole or not at all. Explanations and plans run
/// beside the auctions.
/// </summary>
internal sealed class AuctionApi(AuctioneerService auctioneer, AuctioneerOptions options, BbsConnection bbs)
    : AuctionService.AuctionServiceBase
{
    public override Task<LRPAuctionsResponse> RequestLRPAuctions(LRPAuctionsRequest request, ServerCallContext context)
    {
        Check(request, request.Requests.SelectMany(StartRequestRules.Broken));
        auctioneer.Offer([.. request.Requests.SelectMany(WorkRequests.FromRequest)]);
        return Task.FromResult(new LRPAuctionsResponse());
    }

    public override Task<TaskAuctionsResponse> RequestTaskAuctions(TaskAuctionsRequest request, ServerCallContext context)
    {
        Check(request, request.Requests.SelectMany(StartRequestRules.Broken));
        auctioneer.Offer([.. request.Requests.Select(WorkRequests.FromRequest)]);
        return Task.FromResult(new TaskAuctionsResponse());
    }

    public override async Task<ExplainResponse> Explain(ExplainRequest request, ServerCallContext context)
    {
        Check(request, ExplainRules(request));
        int? index = request.HasIndex ? request.Index : null;
        var wanted = await new WantedWorkSource(bbs).FindAsync(request.Guid, index, context.Deadline, context.CancellationToken);
        var name = index is null ? request.Guid : $"{request.Guid}/{index}";
        return await auctioneer.LookAsync(
            request.Guid,
            index ?? 0,
            look => PlacementExplainer.Explain(look, wanted, name),
            context.CancellationToken
        );
    }

    public override Task<PlanPlacementResponse> PlanPlacement(PlanPlacementRequest request, ServerCallContext context)
    {
        Check(request, PlanRules.Broken(request, options.MaxPlannedWork));
        return auctioneer.LookAsync(null, 0, look => PlacementPlanner.Plan(look.Fleet, request), context.CancellationToken);
    }

    private static IEnumerable<FieldViolation> ExplainRules(ExplainRequest request)
    {
        if (request.Guid.Length == 0)
            yield return new FieldViolation("guid", "must be set");
        if (request.Index < 0)
            yield return new FieldViolation("index", "must be at least 0");
    }

    private static void Check(IMessage request, IEnumerable<FieldViolation> broken)
    {
        RequestFields.Require(request);
        var violations = broken.ToList();
        if (violations.Count > 0)
            throw DomainError.Invalid(violations).ToException();
    }
}

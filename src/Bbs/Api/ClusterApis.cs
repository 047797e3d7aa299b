using Grpc.Core;
using Scheduler.Bbs.Convergence;
using Scheduler.Bbs.Domains;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class DomainApi(BbsNode node, RequestRules rules, TimeProvider time) : DomainService.DomainServiceBase
{
    public override async Task<UpsertDomainResponse> Upsert(UpsertDomainRequest request, ServerCallContext context)
    {
        rules.Check(request);
        await node.SubmitAsync(new UpsertDomain(request.Domain, request.TtlSeconds), context);
        return new UpsertDomainResponse();
    }

    public override Task<ListDomainsResponse> List(ListDomainsRequest request, ServerCallContext context)
    {
        var state = node.Active.State;
        var now = UnixTime.ToNanoseconds(time.GetUtcNow());
        var response = new ListDomainsResponse();
        foreach (var row in state.Domains.Values)
        {
            if (row.IsFreshAt(now)) response.Domains.Add(new DomainFreshness { Domain = row.Domain, ExpiresAt = row.ExpiresAt });
        }
        return Task.FromResult(response);
    }
}

internal sealed class CellApi(BbsNode node) : CellService.CellServiceBase
{
    public override Task<ListCellsResponse> List(ListCellsRequest request, ServerCallContext context)
    {
        var state = node.Active.State;
        var response = new ListCellsResponse { Revision = state.Revision };
        foreach (var cell in state.Cells.Values) response.Cells.Add(cell.Presence);
        return Task.FromResult(response);
    }
}

internal sealed class ConvergenceApi(BbsNode node, RequestRules rules) : ConvergenceService.ConvergenceServiceBase
{
    public override Task<ApplyConvergenceResponse> Apply(ApplyConvergenceRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new ApplyConvergence(request), context);
    }
}

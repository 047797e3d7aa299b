using Grpc.Core;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Convergence;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class DomainApi(BbsNode node, RequestRules rules, TimeProvider time) : DomainService.DomainServiceBase
{
    public override Task<UpsertDomainResponse> Upsert(UpsertDomainRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new UpsertDomain(request.Domain, request.TtlSeconds), context, _ => new UpsertDomainResponse());
    }

    public override Task<ListDomainsResponse> List(ListDomainsRequest request, ServerCallContext context)
    {
        var state = node.Active.State;
        var now = UnixNanos.From(time.GetUtcNow());
        var response = new ListDomainsResponse();
        foreach (var row in state.Domains.Values)
        {
            if (row.IsFreshAt(now))
                response.Domains.Add(new DomainFreshness { Domain = row.Domain, ExpiresAt = row.ExpiresAt });
        }
        return Task.FromResult(response);
    }
}

internal sealed class CellApi(BbsNode node, RequestRules rules) : CellService.CellServiceBase
{
    public override Task<ListCellsResponse> List(ListCellsRequest request, ServerCallContext context)
    {
        var state = node.Active.State;
        var response = new ListCellsResponse { Revision = state.Revision };
        foreach (var cell in state.Cells.Values)
            response.Cells.Add(cell.Presence);
        response.Absent.AddRange(Absence.All(new WorkingState(state)));
        response.Loss = state.CellLosses.GetValueOrDefault(CellLossKey.Fleet);
        return Task.FromResult(response);
    }

    public override Task<LoseCellsResponse> Lose(LoseCellsRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new LoseCells(request), context);
    }

    public override Task<KeepCellsResponse> Keep(KeepCellsRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new KeepCells(request), context);
    }
}

internal sealed class ConvergenceApi(BbsNode node, RequestRules rules) : ConvergenceService.ConvergenceServiceBase
{
    public override Task<ApplyConvergenceResponse> Apply(ApplyConvergenceRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new ApplyConvergence(request), context);
    }

    public override Task<ReportCellLossResponse> ReportCellLoss(ReportCellLossRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new ReportCellLoss(request), context, _ => new ReportCellLossResponse());
    }
}

using Grpc.Core;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class ActualLrpApi(BbsNode node, RequestRules rules) : ActualLRPService.ActualLRPServiceBase
{
    public override async Task List(
        ListActualLRPsRequest request,
        IServerStreamWriter<ListActualLRPsResponse> responseStream,
        ServerCallContext context
    )
    {
        rules.Check(request);
        var state = node.Active.State;
        DomainFilter.Check(state, request.Domain);
        var pages = new Pages<ActualLRP, ListActualLRPsResponse>(
            responseStream,
            () => new ListActualLRPsResponse { Revision = state.Revision },
            (page, row) => page.ActualLrps.Add(row),
            context.CancellationToken
        );
        foreach (var row in Candidates(state, request))
        {
            if (Matches(row, request))
                await pages.AddAsync(row);
        }
        await pages.EndAsync();
    }

    public override async Task<RetireActualLRPResponse> Retire(RetireActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        var term = node.Active;
        if (await node.SubmitAsync(new RetireActualLrp(request.ActualLrpKey), context) is { } row)
            await term.Outbound.Reps.StopNowAsync(row, context.CancellationToken);
        return new RetireActualLRPResponse();
    }

    // Uses the most selective index for the filters; every filter is still applied to each candidate.
    private static IEnumerable<ActualLRP> Candidates(BbsState state, ListActualLRPsRequest request)
    {
        if (request.ProcessGuid.Length > 0)
            return state.RowsOf(request.ProcessGuid).All;
        if (request.ProcessGuids.Count > 0)
            return request
                .ProcessGuids.Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .SelectMany(guid => state.RowsOf(guid).All);
        if (request.CellId.Length > 0)
            return OfCell(state, request.CellId);
        return state.Processes.Values.SelectMany(process => process.All);
    }

    private static IEnumerable<ActualLRP> OfCell(BbsState state, string cellId)
    {
        if (!state.RowsByCell.TryGetValue(cellId, out var keys))
            yield break;
        foreach (var key in keys)
            yield return state.Find(key)!;
    }

    private static bool Matches(ActualLRP row, ListActualLRPsRequest request) =>
        (request.Domain.Length == 0 || row.ActualLrpKey.Domain == request.Domain)
        && (request.CellId.Length == 0 || row.CellId() == request.CellId)
        && (!request.HasIndex || row.Index() == request.Index)
        && (request.ProcessGuids.Count == 0 || request.ProcessGuid.Length == 0 || request.ProcessGuids.Contains(row.ProcessGuid()));
}

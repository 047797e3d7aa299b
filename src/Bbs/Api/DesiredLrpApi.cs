using Grpc.Core;
using Scheduler.Bbs.Commands.Desired;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.State;
using Scheduler.Bbs.Validation;

namespace Scheduler.Bbs.Api;

internal sealed class DesiredLrpApi(BbsNode node, RequestRules rules) : DesiredLRPService.DesiredLRPServiceBase
{
    public override Task<DesireLRPResponse> Desire(DesireLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new DesireLrp(request.DesiredLrp), context, revision => new DesireLRPResponse { Revision = revision });
    }

    public override Task<UpdateDesiredLRPResponse> Update(UpdateDesiredLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        var update = new UpdateDesiredLrp(request.ProcessGuid, request.Update ?? new DesiredLRPUpdate());
        return node.SubmitAsync(update, context, revision => new UpdateDesiredLRPResponse { Revision = revision });
    }

    public override Task<RemoveDesiredLRPResponse> Remove(RemoveDesiredLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(
            new RemoveDesiredLrp(request.ProcessGuid),
            context,
            revision => new RemoveDesiredLRPResponse { Revision = revision }
        );
    }

    public override Task<GetDesiredLRPResponse> Get(GetDesiredLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        var state = node.Active.State;
        if (!state.DesiredLrps.TryGetValue(request.ProcessGuid, out var lrp))
            throw DomainError.NotFound($"desired LRP {request.ProcessGuid}").ToException();
        return Task.FromResult(
            new GetDesiredLRPResponse { DesiredLrp = DefinitionView.Of(context).Show(lrp, state), Revision = state.Revision }
        );
    }

    public override async Task List(
        ListDesiredLRPsRequest request,
        IServerStreamWriter<ListDesiredLRPsResponse> responseStream,
        ServerCallContext context
    )
    {
        var state = Filtered(request);
        var pages = new Pages<DesiredLRP, ListDesiredLRPsResponse>(
            responseStream,
            () => new ListDesiredLRPsResponse { Revision = state.Revision },
            (page, lrp) => page.DesiredLrps.Add(lrp),
            context.CancellationToken
        );
        var view = DefinitionView.Of(context);
        foreach (var lrp in Select(state, request))
            await pages.AddAsync(view.Show(lrp, state));
        await pages.EndAsync();
    }

    public override async Task ListSchedulingInfos(
        ListDesiredLRPsRequest request,
        IServerStreamWriter<ListSchedulingInfosResponse> responseStream,
        ServerCallContext context
    )
    {
        var state = Filtered(request);
        var pages = new Pages<DesiredLRPSchedulingInfo, ListSchedulingInfosResponse>(
            responseStream,
            () => new ListSchedulingInfosResponse { Revision = state.Revision },
            (page, info) => page.DesiredLrpSchedulingInfos.Add(info),
            context.CancellationToken
        );
        foreach (var lrp in Select(state, request))
            await pages.AddAsync(SchedulingInfos.Of(lrp));
        await pages.EndAsync();
    }

    private BbsState Filtered(ListDesiredLRPsRequest request)
    {
        rules.Check(request);
        var state = node.Active.State;
        DomainFilter.Check(state, request.Domain);
        return state;
    }

    private static IEnumerable<DesiredLRP> Select(BbsState state, ListDesiredLRPsRequest request)
    {
        var candidates = request.ProcessGuids.Count > 0 ? ByGuid(state, request.ProcessGuids) : state.DesiredLrps.Values;
        foreach (var lrp in candidates)
        {
            if (request.Domain.Length > 0 && lrp.Domain != request.Domain)
                continue;
            if (request.AppGuids.Count > 0 && !StartsWithOne(lrp.ProcessGuid, request.AppGuids))
                continue;
            yield return lrp;
        }
    }

    private static IEnumerable<DesiredLRP> ByGuid(BbsState state, IEnumerable<string> guids)
    {
        foreach (var guid in guids.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            if (state.DesiredLrps.TryGetValue(guid, out var lrp))
                yield return lrp;
        }
    }

    private static bool StartsWithOne(string processGuid, IEnumerable<string> appGuids)
    {
        foreach (var appGuid in appGuids)
        {
            if (processGuid.StartsWith(appGuid, StringComparison.Ordinal))
                return true;
        }
        return false;
    }
}

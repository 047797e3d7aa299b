using Grpc.Core;
using Scheduler.Bbs.Commands.Actual;
using Scheduler.Bbs.Commands.Evacuation;
using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Validation;
using Scheduler.Hosting.Roles;

namespace Scheduler.Bbs.Api;

internal sealed class CellLrpApi(BbsNode node, RequestRules rules) : CellLRPService.CellLRPServiceBase
{
    public override Task<ClaimActualLRPResponse> Claim(ClaimActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new ClaimActualLrp(request), context);
    }

    public override Task<StartActualLRPResponse> Start(StartActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new StartActualLrp(request), context, _ => new StartActualLRPResponse());
    }

    public override Task<CrashActualLRPResponse> Crash(CrashActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new CrashActualLrp(request), context, _ => new CrashActualLRPResponse());
    }

    public override Task<RemoveActualLRPResponse> Remove(RemoveActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new RemoveActualLrp(request), context, _ => new RemoveActualLRPResponse());
    }

    public override Task<EvacuationResponse> EvacuateClaimed(EvacuateActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new EvacuateClaimed(request), context);
    }

    public override Task<EvacuationResponse> EvacuateRunning(EvacuateRunningActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new EvacuateRunning(request), context);
    }

    public override Task<EvacuationResponse> EvacuateStopped(EvacuateActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new EvacuateStopped(request), context);
    }

    public override Task<EvacuationResponse> EvacuateCrashed(EvacuateCrashedActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new EvacuateCrashed(request), context);
    }

    public override Task<RemoveEvacuatingActualLRPResponse> RemoveEvacuating(EvacuateActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        OfItsOwn(request.ActualLrpInstanceKey, context);
        return node.SubmitAsync(new RemoveEvacuating(request), context, _ => new RemoveEvacuatingActualLRPResponse());
    }

    // A removal may omit the instance key, which also identifies the cell; a call from a cell must include it.
    private static void OfItsOwn(ActualLRPInstanceKey? instance, ServerCallContext context) =>
        PeerIdentity.RequireCell(context, instance?.CellId ?? "", "actual_lrp_instance_key.cell_id");
}

internal sealed class CellTaskApi(BbsNode node, RequestRules rules, BbsOptions options) : CellTaskService.CellTaskServiceBase
{
    public override Task<StartTaskResponse> Start(StartTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        PeerIdentity.RequireCell(context, request.CellId, "cell_id");
        return node.SubmitAsync(new StartTask(request), context);
    }

    public override Task<CompleteTaskResponse> Complete(CompleteTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        PeerIdentity.RequireCell(context, request.CellId, "cell_id");
        return node.SubmitAsync(new CompleteTask(request), context, _ => new CompleteTaskResponse());
    }

    public override Task<RejectTaskResponse> Reject(RejectTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        PeerIdentity.RequireCell(context, request.CellId, "cell_id");
        return node.SubmitAsync(new RejectTask(request, options.MaxTaskRetries), context, _ => new RejectTaskResponse());
    }
}

internal sealed class PlacementApi(BbsNode node, RequestRules rules, BbsOptions options) : PlacementService.PlacementServiceBase
{
    public override Task<FailActualLRPResponse> FailLRP(FailActualLRPRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(new FailActualLrp(request), context, _ => new FailActualLRPResponse());
    }

    public override Task<RejectTaskResponse> RejectTask(RejectTaskRequest request, ServerCallContext context)
    {
        rules.Check(request);
        return node.SubmitAsync(
            new RejectTask(request, options.MaxTaskRetries) { OnlyPending = true },
            context,
            _ => new RejectTaskResponse()
        );
    }
}

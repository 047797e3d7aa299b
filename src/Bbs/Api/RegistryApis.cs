using Grpc.Core;
using Scheduler.Bbs.Commands.Cells;
using Scheduler.Bbs.Commands.Locks;
using Scheduler.Bbs.Node;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Validation;
using Scheduler.Hosting.Roles;

namespace Scheduler.Bbs.Api;

internal sealed class LockApi(BbsNode node, RequestRules rules) : LockService.LockServiceBase
{
    public override Task<AcquireLockResponse> Acquire(AcquireLockRequest request, ServerCallContext context)
    {
        rules.Check(request);
        LockAccess.Check(context, request.Lock.Key);
        var wanted = new LockRow(request.Lock.Key, request.Lock.Owner, request.Lock.Value, request.TtlMs);
        return node.SubmitAsync(new AcquireLock(wanted), context, _ => new AcquireLockResponse());
    }

    public override Task<ReleaseLockResponse> Release(ReleaseLockRequest request, ServerCallContext context)
    {
        rules.Check(request);
        LockAccess.Check(context, request.Key);
        return node.SubmitAsync(new ReleaseLock(request.Key, request.Owner), context, _ => new ReleaseLockResponse());
    }

    public override Task<ListLocksResponse> List(ListLocksRequest request, ServerCallContext context)
    {
        var response = new ListLocksResponse();
        foreach (var held in node.Active.State.Locks.Values)
            response.Locks.Add(
                new LockEntry
                {
                    Key = held.Key,
                    Owner = held.Owner,
                    Value = held.Value,
                }
            );
        return Task.FromResult(response);
    }
}

internal sealed class PresenceApi(BbsNode node, RequestRules rules) : PresenceService.PresenceServiceBase
{
    public override Task<AnnounceCellResponse> Announce(AnnounceCellRequest request, ServerCallContext context)
    {
        rules.Check(request);
        PeerIdentity.RequireCell(context, request.Presence.CellId, "presence.cell_id");
        return node.SubmitAsync(
            new AnnounceCell(new CellRow(request.Presence, request.Owner, request.TtlMs)),
            context,
            _ => new AnnounceCellResponse()
        );
    }

    public override Task<WithdrawCellResponse> Withdraw(WithdrawCellRequest request, ServerCallContext context)
    {
        rules.Check(request);
        PeerIdentity.RequireCell(context, request.CellId, "cell_id");
        return node.SubmitAsync(new WithdrawCell(request.CellId, request.Owner), context, _ => new WithdrawCellResponse());
    }
}

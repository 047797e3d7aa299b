using Grpc.Core;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Bbs;

/// <summary>Calls the BBS over gRPC. The invoker finds the active BBS and converts statuses into domain errors.</summary>
/// <param name="limit">Timeout of each call, sent to the server as its deadline.</param>
internal sealed class GrpcBbsCalls(CallInvoker invoker, TimeSpan limit, TimeProvider time) : IBbsCalls
{
    private readonly CellLRPService.CellLRPServiceClient _lrps = new(invoker);
    private readonly CellTaskService.CellTaskServiceClient _tasks = new(invoker);
    private readonly PresenceService.PresenceServiceClient _presence = new(invoker);
    private readonly ActualLRPService.ActualLRPServiceClient _actualLrps = new(invoker);
    private readonly TaskService.TaskServiceClient _allTasks = new(invoker);

    private DateTime Deadline => (time.GetUtcNow() + limit).UtcDateTime;

    public async Task<ClaimActualLRPResponse> ClaimAsync(ClaimActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.ClaimAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task StartAsync(StartActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.StartAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task CrashAsync(CrashActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.CrashAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task RemoveAsync(RemoveActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.RemoveAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<EvacuationResponse> EvacuateClaimedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.EvacuateClaimedAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<EvacuationResponse> EvacuateRunningAsync(EvacuateRunningActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.EvacuateRunningAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<EvacuationResponse> EvacuateStoppedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.EvacuateStoppedAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<EvacuationResponse> EvacuateCrashedAsync(EvacuateCrashedActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.EvacuateCrashedAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task RemoveEvacuatingAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        await _lrps.RemoveEvacuatingAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<StartTaskResponse> StartTaskAsync(StartTaskRequest request, CancellationToken cancellation) =>
        await _tasks.StartAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task CompleteTaskAsync(CompleteTaskRequest request, CancellationToken cancellation) =>
        await _tasks.CompleteAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task RejectTaskAsync(RejectTaskRequest request, CancellationToken cancellation) =>
        await _tasks.RejectAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task<OneOffTask> GetTaskAsync(string taskGuid, CancellationToken cancellation) =>
        (await _allTasks.GetAsync(new GetTaskRequest { TaskGuid = taskGuid }, deadline: Deadline, cancellationToken: cancellation)).Task;

    public async Task<IReadOnlyList<ActualLRP>> ListLrpsAsync(string cellId, CancellationToken cancellation)
    {
        using var call = _actualLrps.List(
            new ListActualLRPsRequest { CellId = cellId },
            deadline: Deadline,
            cancellationToken: cancellation
        );
        var rows = new List<ActualLRP>();
        while (await call.ResponseStream.MoveNext(cancellation))
            rows.AddRange(call.ResponseStream.Current.ActualLrps);
        return rows;
    }

    public async Task<IReadOnlyList<OneOffTask>> ListTasksAsync(string cellId, CancellationToken cancellation)
    {
        using var call = _allTasks.List(new ListTasksRequest { CellId = cellId }, deadline: Deadline, cancellationToken: cancellation);
        var tasks = new List<OneOffTask>();
        while (await call.ResponseStream.MoveNext(cancellation))
            tasks.AddRange(call.ResponseStream.Current.Tasks);
        return tasks;
    }

    public async Task AnnounceAsync(AnnounceCellRequest request, CancellationToken cancellation) =>
        await _presence.AnnounceAsync(request, deadline: Deadline, cancellationToken: cancellation);

    public async Task WithdrawAsync(WithdrawCellRequest request, CancellationToken cancellation) =>
        await _presence.WithdrawAsync(request, deadline: Deadline, cancellationToken: cancellation);
}

using Grpc.Core;
using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Bbs;

/// <summary>
/// Calls the BBS over gRPC; reports go in batches. The invoker finds the active BBS and converts statuses into domain errors.
/// </summary>
/// <param name="limit">Timeout of each call, sent to the server as its deadline.</param>
internal sealed class GrpcBbsCalls(CallInvoker invoker, TimeSpan limit, TimeProvider time) : IBbsCalls
{
    // A definition is a few kilobytes at most, as a rule.
    private const int MaxKnownBytes = 8 * 1024 * 1024;

    private readonly ReportBatches _reports = new(SenderOf(invoker, limit, time));
    private readonly KnownDefinitions _definitions = new(MaxKnownBytes);
    private readonly PresenceService.PresenceServiceClient _presence = new(invoker);
    private readonly ActualLRPService.ActualLRPServiceClient _actualLrps = new(invoker);
    private readonly TaskService.TaskServiceClient _allTasks = new(invoker);

    private DateTime Deadline => DeadlineOf(limit, time);

    public async Task<ClaimActualLRPResponse> ClaimAsync(ClaimActualLRPRequest request, CancellationToken cancellation)
    {
        var known = _definitions.Find(request.ProcessGuid);
        if (known is not null)
            request = new ClaimActualLRPRequest(request) { KnownDefinition = known.ModificationTag };
        var answer = (await _reports.AskAsync(new WorkReport { Claim = request }, cancellation)).Claim ?? new ClaimActualLRPResponse();
        if (answer.DesiredLrp is { } definition)
            _definitions.Learn(definition);
        else if (answer.CurrentDefinition is { } current)
            answer.DesiredLrp = current.Equals(known?.ModificationTag)
                ? known
                : throw new InvalidOperationException("the BBS left out a definition that this cell does not have");
        return answer;
    }

    public Task StartAsync(StartActualLRPRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { Start = request }, cancellation);

    public Task CrashAsync(CrashActualLRPRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { Crash = request }, cancellation);

    public Task RemoveAsync(RemoveActualLRPRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { Remove = request }, cancellation);

    public Task<EvacuationResponse> EvacuateClaimedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        EvacuateAsync(new WorkReport { EvacuateClaimed = request }, cancellation);

    public Task<EvacuationResponse> EvacuateRunningAsync(EvacuateRunningActualLRPRequest request, CancellationToken cancellation) =>
        EvacuateAsync(new WorkReport { EvacuateRunning = request }, cancellation);

    public Task<EvacuationResponse> EvacuateStoppedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        EvacuateAsync(new WorkReport { EvacuateStopped = request }, cancellation);

    public Task<EvacuationResponse> EvacuateCrashedAsync(EvacuateCrashedActualLRPRequest request, CancellationToken cancellation) =>
        EvacuateAsync(new WorkReport { EvacuateCrashed = request }, cancellation);

    public Task RemoveEvacuatingAsync(EvacuateActualLRPRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { RemoveEvacuating = request }, cancellation);

    public async Task<StartTaskResponse> StartTaskAsync(StartTaskRequest request, CancellationToken cancellation) =>
        (await _reports.AskAsync(new WorkReport { StartTask = request }, cancellation)).StartTask ?? new StartTaskResponse();

    public Task CompleteTaskAsync(CompleteTaskRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { CompleteTask = request }, cancellation);

    public Task RejectTaskAsync(RejectTaskRequest request, CancellationToken cancellation) =>
        _reports.AskAsync(new WorkReport { RejectTask = request }, cancellation);

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

    private async Task<EvacuationResponse> EvacuateAsync(WorkReport report, CancellationToken cancellation) =>
        (await _reports.AskAsync(report, cancellation)).Evacuation ?? new EvacuationResponse();

    private static Func<ReportRequest, Task<ReportResponse>> SenderOf(CallInvoker invoker, TimeSpan limit, TimeProvider time)
    {
        var client = new CellReportService.CellReportServiceClient(invoker);
        return async request => await client.ReportAsync(request, deadline: DeadlineOf(limit, time));
    }

    private static DateTime DeadlineOf(TimeSpan limit, TimeProvider time) => (time.GetUtcNow() + limit).UtcDateTime;
}

using Scheduler.Contracts.V1;

namespace Scheduler.Rep.Bbs;

/// <summary>
/// A cell's calls to the BBS. A refusal is a <see cref="Models.DomainException"/>; after any other exception it is unknown whether the
/// BBS took the call.
/// </summary>
internal interface IBbsCalls
{
    Task<ClaimActualLRPResponse> ClaimAsync(ClaimActualLRPRequest request, CancellationToken cancellation);

    Task StartAsync(StartActualLRPRequest request, CancellationToken cancellation);

    Task CrashAsync(CrashActualLRPRequest request, CancellationToken cancellation);

    Task RemoveAsync(RemoveActualLRPRequest request, CancellationToken cancellation);

    Task<EvacuationResponse> EvacuateClaimedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation);

    Task<EvacuationResponse> EvacuateRunningAsync(EvacuateRunningActualLRPRequest request, CancellationToken cancellation);

    Task<EvacuationResponse> EvacuateStoppedAsync(EvacuateActualLRPRequest request, CancellationToken cancellation);

    Task<EvacuationResponse> EvacuateCrashedAsync(EvacuateCrashedActualLRPRequest request, CancellationToken cancellation);

    Task RemoveEvacuatingAsync(EvacuateActualLRPRequest request, CancellationToken cancellation);

    Task<StartTaskResponse> StartTaskAsync(StartTaskRequest request, CancellationToken cancellation);

    Task CompleteTaskAsync(CompleteTaskRequest request, CancellationToken cancellation);

    Task RejectTaskAsync(RejectTaskRequest request, CancellationToken cancellation);

    /// <summary>The task as stored in the BBS.</summary>
    Task<OneOffTask> GetTaskAsync(string taskGuid, CancellationToken cancellation);

    /// <summary>The rows, of any presence, that name this cell.</summary>
    Task<IReadOnlyList<ActualLRP>> ListLrpsAsync(string cellId, CancellationToken cancellation);

    Task<IReadOnlyList<OneOffTask>> ListTasksAsync(string cellId, CancellationToken cancellation);

    Task AnnounceAsync(AnnounceCellRequest request, CancellationToken cancellation);

    Task WithdrawAsync(WithdrawCellRequest request, CancellationToken cancellation);
}

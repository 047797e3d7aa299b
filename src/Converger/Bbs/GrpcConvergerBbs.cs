using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;
using Scheduler.Hosting.Events;

namespace Scheduler.Converger.Bbs;

/// <summary>gRPC client of the active BBS.</summary>
internal sealed class GrpcConvergerBbs(BbsConnection bbs, TimeSpan applyTimeout, TimeProvider time) : IConvergerBbs
{
    private readonly GrpcBbsEvents _events = new(bbs.Invoker);
    private readonly ConvergenceService.ConvergenceServiceClient _convergence = new(bbs.Invoker);

    public IAsyncEnumerable<Event> FollowAsync(FollowRequest request, CancellationToken cancellationToken) =>
        _events.FollowAsync(request, cancellationToken);

    public async Task<ApplyConvergenceResponse> ApplyAsync(ApplyConvergenceRequest request, CancellationToken cancellationToken) =>
        await _convergence.ApplyAsync(
            request,
            deadline: (time.GetUtcNow() + applyTimeout).UtcDateTime,
            cancellationToken: cancellationToken
        );

    public async Task ReportCellLossAsync(ReportCellLossRequest request, CancellationToken cancellationToken) =>
        await _convergence.ReportCellLossAsync(
            request,
            deadline: (time.GetUtcNow() + applyTimeout).UtcDateTime,
            cancellationToken: cancellationToken
        );
}

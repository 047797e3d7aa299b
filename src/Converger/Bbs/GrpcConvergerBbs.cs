using System.Runtime.CompilerServices;
using Scheduler.Contracts.V1;
using Scheduler.Hosting.Channels;

namespace Scheduler.Converger.Bbs;

/// <summary>The active BBS over gRPC.</summary>
internal sealed class GrpcConvergerBbs(BbsConnection bbs, TimeSpan applyTimeout, TimeProvider time) : IConvergerBbs
{
    private readonly EventService.EventServiceClient _events = new(bbs.Invoker);
    private readonly ConvergenceService.ConvergenceServiceClient _convergence = new(bbs.Invoker);

    public async IAsyncEnumerable<Event> FollowAsync(FollowRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var call = _events.Follow(request, cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
            yield return call.ResponseStream.Current;
    }

    public async Task<ApplyConvergenceResponse> ApplyAsync(ApplyConvergenceRequest request, CancellationToken cancellationToken) =>
        await _convergence.ApplyAsync(request, deadline: (time.GetUtcNow() + applyTimeout).UtcDateTime, cancellationToken: cancellationToken);

    public async Task ReportCellLossAsync(ReportCellLossRequest request, CancellationToken cancellationToken) =>
        await _convergence.ReportCellLossAsync(request, deadline: (time.GetUtcNow() + applyTimeout).UtcDateTime, cancellationToken: cancellationToken);
}

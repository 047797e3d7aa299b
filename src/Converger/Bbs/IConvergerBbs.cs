using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;

namespace Scheduler.Converger.Bbs;

/// <summary>What the converger asks of the BBS.</summary>
internal interface IConvergerBbs : IBbsEvents
{
    /// <exception cref="Models.DomainException">The commands did not arrive, or nobody knows whether they did.</exception>
    Task<ApplyConvergenceResponse> ApplyAsync(ApplyConvergenceRequest request, CancellationToken cancellationToken);

    /// <exception cref="Models.DomainException">The report did not arrive, or nobody knows whether it did.</exception>
    Task ReportCellLossAsync(ReportCellLossRequest request, CancellationToken cancellationToken);
}

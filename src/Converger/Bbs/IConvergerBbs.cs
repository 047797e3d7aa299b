using Scheduler.Contracts.V1;
using Scheduler.Hosting.Events;

namespace Scheduler.Converger.Bbs;

/// <summary>The BBS calls that the converger makes.</summary>
internal interface IConvergerBbs : IBbsEvents
{
    /// <exception cref="Models.DomainException">The commands were not delivered, or the outcome is unknown.</exception>
    Task<ApplyConvergenceResponse> ApplyAsync(ApplyConvergenceRequest request, CancellationToken cancellationToken);

    /// <exception cref="Models.DomainException">The report was not delivered, or the outcome is unknown.</exception>
    Task ReportCellLossAsync(ReportCellLossRequest request, CancellationToken cancellationToken);
}

using Scheduler.Models;
using Scheduler.Rep.Reports;

namespace Scheduler.Rep.Reconcile;

/// <summary>A container as input for reconciliation.</summary>
/// <param name="HasWork">The container's work definition is known.</param>
/// <param name="Subject">What a running LRP reports to the BBS; null for others, and while a restarted rep does not know it yet.</param>
internal sealed record ContainerView(string Guid, bool IsTask, LrpKey Key, ContainerPhase Phase, bool HasWork, ReportSubject? Subject);

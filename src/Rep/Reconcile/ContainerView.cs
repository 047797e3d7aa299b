using Scheduler.Models;
using Scheduler.Rep.Reports;

namespace Scheduler.Rep.Reconcile;

/// <summary>A container as reconciliation sees it.</summary>
/// <param name="HasWork">What is to run is known.</param>
/// <param name="Subject">What a running LRP would tell the BBS; null for others, and when a restarted rep does not know yet.</param>
internal sealed record ContainerView(string Guid, bool IsTask, LrpKey Key, ContainerPhase Phase, bool HasWork, ReportSubject? Subject);

using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Cell;

namespace Scheduler.Rep.Reconcile;

/// <summary>A container as reconciliation sees it.</summary>
/// <param name="HasWork">What is to run is known.</param>
/// <param name="Start">What a running LRP would tell the BBS; null for others, and when a restarted rep does not know yet.</param>
internal sealed record ContainerView(string Guid, bool IsTask, LrpKey Key, ContainerPhase Phase, bool HasWork, StartActualLRPRequest? Start);

using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that removes an unnecessary SUSPECT row: its replacement runs on a present cell, it has no container, or its index is not wanted.
/// The first two cases never remove the only serving instance, so they need no fresh domain. Diego keeps a suspect of an index that was
/// scaled away, with its routes, for as long as its cell stays absent.
/// </summary>
internal static class ExtraSuspect
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Suspect is not { } suspect || slot.Desired is null)
            return RuleResult.Nothing;
        if (IsReplaced(slot, context))
            return RuleResult.Do(new ConvergenceCommand.RemoveSuspect(suspect, "the replacement of the suspect instance is running"));
        if (!suspect.OnCell)
            return RuleResult.Do(
                new ConvergenceCommand.RemoveSuspect(suspect, "a suspect row that is neither claimed nor running has no container")
            );
        if (!slot.Beyond)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(
            context,
            slot.Desired.Domain,
            new ConvergenceCommand.RemoveSuspect(suspect, $"suspect instance beyond the {slot.Desired.Instances} desired")
        );
    }

    private static bool IsReplaced(in SlotView slot, ConvergenceContext context) =>
        slot.Ordinary is { State: ActualLrpState.Running } ordinary && context.Standing(ordinary.Instance.CellId) == CellStanding.Present;
}

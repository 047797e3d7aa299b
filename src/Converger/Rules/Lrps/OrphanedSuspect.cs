using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that removes a SUSPECT row whose LRP is no longer desired: it will not be replaced, so the row is no longer needed.
/// </summary>
internal static class OrphanedSuspect
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Suspect is not { } suspect || slot.Desired is not null)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(
            context,
            suspect.Domain,
            new ConvergenceCommand.RemoveSuspect(suspect, "suspect instance of an LRP that is not desired")
        );
    }
}

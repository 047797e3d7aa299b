using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>A SUSPECT row that nobody desires any more: what it stands for is not to be replaced, so nothing is to be remembered.</summary>
internal static class OrphanedSuspect
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Suspect is not { } suspect || slot.Desired is not null)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(context, suspect.Domain, new ConvergenceCommand.RemoveSuspect(suspect, "suspect instance of an LRP that is not desired"));
    }
}

using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>An instance of an LRP that is not desired. Only a fresh domain says that the desired set is complete, so only then is it stopped.</summary>
internal static class OrphanedInstances
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Ordinary is not { } ordinary || slot.Desired is not null)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(context, ordinary.Domain, new ConvergenceCommand.Retire(ordinary, "its LRP is not desired"));
    }
}

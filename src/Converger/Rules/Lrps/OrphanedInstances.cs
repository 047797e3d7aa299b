using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that retires an instance whose LRP is not desired. Only a fresh domain guarantees that the desired set is complete, so only then is
/// the instance stopped.
/// </summary>
internal static class OrphanedInstances
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Ordinary is not { } ordinary || slot.Desired is not null)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(context, ordinary.Domain, new ConvergenceCommand.Retire(ordinary, "its LRP is not desired"));
    }
}

using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that creates the instance of a wanted index without an ORDINARY row. A SUSPECT or EVACUATING row does not fill the slot: it
/// describes an older container.
/// </summary>
internal static class MissingInstances
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (!slot.Wanted || slot.Ordinary is not null)
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.Create(slot.Key, "desired and missing"));
    }
}

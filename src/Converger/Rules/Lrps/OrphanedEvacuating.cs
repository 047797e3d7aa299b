using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>An EVACUATING row that nobody wants. Its rep, while it still polls, ends it itself; after that nobody in Diego would.</summary>
internal static class OrphanedEvacuating
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Evacuating is not { } evacuating || (slot.Desired is not null && !slot.Beyond))
            return RuleResult.Nothing;
        return RuleResult.IfFresh(context, slot.Desired?.Domain ?? evacuating.Domain,
            new ConvergenceCommand.RemoveEvacuating(evacuating, "evacuating instance that is not desired"));
    }
}

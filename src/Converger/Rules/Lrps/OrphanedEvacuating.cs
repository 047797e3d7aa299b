using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that removes an EVACUATING row that is not wanted. While its rep still polls, the rep removes it; after that, nothing in Diego
/// does.
/// </summary>
internal static class OrphanedEvacuating
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Evacuating is not { } evacuating || (slot.Desired is not null && !slot.Beyond))
            return RuleResult.Nothing;
        return RuleResult.IfFresh(
            context,
            slot.Desired?.Domain ?? evacuating.Domain,
            new ConvergenceCommand.RemoveEvacuating(evacuating, "evacuating instance that is not desired")
        );
    }
}

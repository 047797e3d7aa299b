using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>Rule that removes an EVACUATING row whose cell is lost or that has no container: nothing serves there any more.</summary>
internal static class PruneEvacuating
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Evacuating is not { } evacuating)
            return RuleResult.Nothing;
        if (!evacuating.OnCell)
            return RuleResult.Do(
                new ConvergenceCommand.RemoveEvacuating(
                    evacuating,
                    "an evacuating row that is neither claimed nor running has no container"
                )
            );
        if (context.Standing(evacuating.Instance.CellId) != CellStanding.Lost)
            return RuleResult.Nothing;
        return RuleResult.Do(
            new ConvergenceCommand.RemoveEvacuating(evacuating, $"cell {evacuating.Instance.CellId}, which was evacuating, is gone")
        );
    }
}

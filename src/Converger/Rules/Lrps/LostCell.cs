using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that replaces an instance on a lost cell. The old row stays as SUSPECT, with its routes, because the cell may only be cut off. A
/// slot has room for one suspect; if it already has one, the later instance is unclaimed. An instance that is not wanted is not replaced.
/// </summary>
internal static class LostCell
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (
            !slot.Wanted
            || slot.Ordinary is not { OnCell: true } ordinary
            || context.Standing(ordinary.Instance.CellId) != CellStanding.Lost
        )
            return RuleResult.Nothing;
        var why = $"cell {ordinary.Instance.CellId} is lost";
        return RuleResult.Do(
            slot.Suspect is null
                ? new ConvergenceCommand.Suspect(ordinary, why)
                : new ConvergenceCommand.Unclaim(ordinary, $"{why}, and an older instance is already suspect")
        );
    }
}

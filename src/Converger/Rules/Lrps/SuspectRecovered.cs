using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that promotes the suspect when its cell returns before a replacement runs. A replacement that is RUNNING stays; if its own cell is
/// lost, <see cref="LostCell"/> takes the row back first. While that cell is merely unheard, no rule decides between the two.
/// </summary>
internal static class SuspectRecovered
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (
            slot.Suspect is not { OnCell: true } suspect
            || slot.Ordinary is { State: ActualLrpState.Running }
            || context.Standing(suspect.Instance.CellId) != CellStanding.Present
        )
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.PromoteSuspect(suspect, $"cell {suspect.Instance.CellId} is back"));
    }
}

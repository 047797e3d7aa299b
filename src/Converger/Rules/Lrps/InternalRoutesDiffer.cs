using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>Rule that updates the rep of a running instance whose reported internal routes differ from the desired ones.</summary>
internal static class InternalRoutesDiffer
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (
            !slot.Wanted
            || slot.Ordinary is not { State: ActualLrpState.Running } running
            || slot.Desired!.InternalRoutes is not { } desired
            || desired == running.InternalRoutes
            || context.Standing(running.Instance.CellId) != CellStanding.Present
        )
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.UpdateInstance(running, "internal routes differ"));
    }
}

using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>A running instance reports other internal routes than are desired: its rep is told.</summary>
internal static class InternalRoutesDiffer
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (!slot.Wanted || slot.Ordinary is not { State: ActualLrpState.Running } running
            || slot.Desired!.InternalRoutes is not { } desired || desired == running.InternalRoutes
            || context.Standing(running.Instance.CellId) != CellStanding.Present)
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.UpdateInstance(running, "internal routes differ"));
    }
}

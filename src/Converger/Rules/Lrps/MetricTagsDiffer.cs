using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>A running instance reports other metric tags than are desired: its rep is told.</summary>
internal static class MetricTagsDiffer
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (!slot.Wanted || slot.Ordinary is not { State: ActualLrpState.Running } running
            || slot.Desired!.MetricTags.For(running.Key, running.Instance) == running.MetricTags
            || context.Standing(running.Instance.CellId) != CellStanding.Present)
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.UpdateInstance(running, "metric tags differ"));
    }
}

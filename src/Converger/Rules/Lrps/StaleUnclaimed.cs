using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that auctions an instance again after it has been UNCLAIMED for too long: its auction was lost, no cell fitted, or the winning cell
/// never claimed it.
/// </summary>
internal static class StaleUnclaimed
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (!slot.Wanted || slot.Ordinary is not { State: ActualLrpState.Unclaimed } unclaimed)
            return RuleResult.Nothing;
        var due = unclaimed.Since + context.Timings.StaleUnclaimed + context.Timings.Later(slot.Key.ProcessGuid, slot.Key.Index);
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.Reauction(unclaimed, $"unclaimed since {unclaimed.Since:O}"))
            : RuleResult.At(due);
    }
}

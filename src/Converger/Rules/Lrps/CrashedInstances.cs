using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that restarts a CRASHED instance when its back-off is over; after 200 crashes, never. See <see cref="RestartPolicy"/>.
/// </summary>
internal static class CrashedInstances
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (
            !slot.Wanted
            || slot.Ordinary is not { State: ActualLrpState.Crashed } crashed
            || RestartPolicy.RestartAt(crashed.CrashCount, crashed.Since) is not { } due
        )
            return RuleResult.Nothing;
        if (due > crashed.Since)
            due += context.Timings.Later(slot.Key.ProcessGuid, slot.Key.Index);
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.Unclaim(crashed, $"the back-off after crash {crashed.CrashCount} has passed"))
            : RuleResult.At(due);
    }
}

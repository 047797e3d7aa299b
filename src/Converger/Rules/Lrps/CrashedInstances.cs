using Scheduler.Models;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>A CRASHED instance starts again when its back-off has passed; after 200 crashes never. See <see cref="RestartPolicy"/>.</summary>
internal static class CrashedInstances
{
    public static Verdict Decide(in SlotSeen slot, ConvergenceContext context)
    {
        if (!slot.Wanted || slot.Ordinary is not { State: ActualLrpState.Crashed } crashed
            || RestartPolicy.RestartAt(crashed.CrashCount, crashed.Since) is not { } due)
            return Verdict.Nothing;
        if (due > crashed.Since)
            due += context.Timings.Later(slot.Key.ProcessGuid, slot.Key.Index);
        return context.Now >= due
            ? Verdict.Do(new ConvergenceCommand.Unclaim(crashed, $"the back-off after crash {crashed.CrashCount} has passed"))
            : Verdict.At(due);
    }
}

using Scheduler.Converger.Rules.Terms;

namespace Scheduler.Converger.Rules.Lrps;

/// <summary>
/// Rule that retires an instance whose index is not below the desired count. It checks the index itself: Diego compares counts, so there
/// rows 0 and 2 pass for two instances.
/// </summary>
internal static class ExtraInstances
{
    public static RuleResult Decide(in SlotView slot, ConvergenceContext context)
    {
        if (slot.Ordinary is not { } ordinary || !slot.Beyond)
            return RuleResult.Nothing;
        return RuleResult.IfFresh(
            context,
            slot.Desired!.Domain,
            new ConvergenceCommand.Retire(ordinary, $"index {slot.Key.Index} is not among the {slot.Desired.Instances} desired")
        );
    }
}

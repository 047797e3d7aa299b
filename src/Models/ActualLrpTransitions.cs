namespace Scheduler.Models;

/// <summary>The transitions that an ORDINARY row may make (Diego, <c>AllowsTransitionTo</c>); total over states and keys.</summary>
public static class ActualLrpTransitions
{
    /// <param name="sameInstance">Whether the request's instance key equals the row's.</param>
    public static bool Allows(ActualLrpState from, ActualLrpState to, bool sameInstance) =>
        (from, to) switch
        {
            (_, ActualLrpState.Unclaimed) => true,
            (ActualLrpState.Unclaimed, ActualLrpState.Claimed or ActualLrpState.Running) => true,
            (ActualLrpState.Unclaimed, ActualLrpState.Crashed) => false,
            // The start may come from another instance than the claim: the rep that really runs it wins.
            (ActualLrpState.Claimed, ActualLrpState.Running) => true,
            (ActualLrpState.Claimed, _) => sameInstance,
            (ActualLrpState.Running, _) => sameInstance,
            (ActualLrpState.Crashed, _) => false,
            _ => throw new ArgumentOutOfRangeException(nameof(from), from, "not a state of an actual LRP"),
        };
}

namespace Scheduler.Client.Rollouts;

/// <summary>What a rollout does next.</summary>
internal abstract record RolloutStep
{
    /// <summary>Nothing until the cluster changes.</summary>
    internal sealed record Wait : RolloutStep;

    internal sealed record ScaleArriving(int Instances) : RolloutStep;

    internal sealed record ScaleLeaving(int Instances) : RolloutStep;

    /// <summary>The first instances are available, and the rollout was to stop there.</summary>
    internal sealed record Pause : RolloutStep;

    /// <summary>It was paused.</summary>
    internal sealed record Halt : RolloutStep;

    /// <summary>The new version does not run: return to the old one.</summary>
    internal sealed record GoBack(string Reason) : RolloutStep;

    /// <summary>The old version does not run either: a person has to look.</summary>
    internal sealed record GiveUp(string Reason) : RolloutStep;

    internal sealed record Finish : RolloutStep;
}

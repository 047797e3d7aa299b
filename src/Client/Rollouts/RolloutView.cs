namespace Scheduler.Client.Rollouts;

/// <summary>What a rollout sees of the cluster: all that <see cref="RolloutDecision"/> needs.</summary>
/// <param name="Instances">Of the app, once it is over.</param>
/// <param name="Leaving">The version that is scaled down.</param>
/// <param name="Arriving">The version that is scaled up. While a rollout goes back, that is the old one.</param>
/// <param name="IsBack">Whether the rollout goes back to the old version.</param>
/// <param name="SinceProgress">Since an instance has become available or a step was taken.</param>
/// <param name="Timeout">How long the next instance may take to become available.</param>
internal sealed record RolloutView(
    int Instances,
    int MaxSurge,
    int MaxUnavailable,
    VersionView Leaving,
    VersionView Arriving,
    bool IsBack,
    RolloutPause Pause,
    TimeSpan SinceProgress,
    TimeSpan Timeout
)
{
    public int Available => Leaving.Available + Arriving.Available;

    /// <summary>Instances that exist or may come to exist at any moment. What cannot run holds no container.</summary>
    public int Held => Leaving.Held - Leaving.Slots.Count(slot => slot.Index < Leaving.Desired && slot.IsStuck) + Arriving.Held;
}

/// <summary>One of the two versions.</summary>
/// <param name="Desired">The number of instances that it should have.</param>
/// <param name="Slots">Those that exist. Those from <paramref name="Desired"/> on are being stopped.</param>
internal sealed record VersionView(int Desired, IReadOnlyList<SlotView> Slots)
{
    /// <summary>Of those that stay.</summary>
    public int Available => AvailableBelow(Desired);

    public int Held => Desired + Slots.Count(slot => slot.Index >= Desired);

    public bool IsComplete(int instances) => Desired >= instances && Available == Desired;

    public int AvailableBelow(int desired) => Slots.Count(slot => slot.Index < desired && slot.IsAvailable);

    /// <summary>Whether none of the instances from an index on is available.</summary>
    public bool IsIdleFrom(int index) => AvailableBelow(index) == Available;

    /// <summary>Whether none of the instances from an index on will ever be available.</summary>
    public bool IsStuckFrom(int index) =>
        Slots.Count(slot => slot.Index >= index && slot.Index < Desired && slot.IsStuck) == Desired - index;
}

/// <summary>An instance.</summary>
/// <param name="IsAvailable">It runs, routers send it requests, and it has done so for a while.</param>
/// <param name="IsStuck">It is not available and will not be soon: it crashes again and again, or nobody has seen it available for long.</param>
/// <param name="Crashes">Its crashes in a row.</param>
/// <param name="Trouble">What keeps it from running, for people; empty if nothing is known.</param>
internal sealed record SlotView(int Index, bool IsAvailable, bool IsStuck = false, int Crashes = 0, string Trouble = "");

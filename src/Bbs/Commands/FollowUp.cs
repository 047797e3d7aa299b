namespace Scheduler.Bbs.Commands;

/// <summary>
/// An external action to take after a batch is committed. Carries keys, not rows: whoever acts looks up the state at that time.
/// </summary>
internal abstract record FollowUp
{
    private FollowUp() { }

    /// <summary>An UNCLAIMED slot needs a cell.</summary>
    public sealed record AuctionLrp(LrpKey Slot) : FollowUp;

    /// <summary>A Pending task needs a cell.</summary>
    public sealed record AuctionTask(string TaskGuid) : FollowUp;

    /// <summary>The holder of the auctioneer lock changed, or the lock is now free.</summary>
    public sealed record AuctioneerChanged : FollowUp;

    /// <summary>A container is no longer desired.</summary>
    public sealed record StopInstance(ActualLRP Row) : FollowUp;

    /// <summary>Applies the internal routes or metric tags of the desired LRP to a running instance.</summary>
    public sealed record UpdateInstance(ActualLRP Row) : FollowUp;

    /// <summary>A cancelled task may still have a container.</summary>
    public sealed record CancelTask(string TaskGuid, string CellId) : FollowUp;

    /// <summary>A Completed task has a callback to deliver.</summary>
    public sealed record Callback(string TaskGuid) : FollowUp;
}

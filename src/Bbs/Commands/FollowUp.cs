namespace Scheduler.Bbs.Commands;

/// <summary>What is to happen outside once a batch is committed. Carries keys, not rows: whoever acts looks at the state of that moment.</summary>
internal abstract record FollowUp
{
    private FollowUp()
    {
    }

    /// <summary>An UNCLAIMED slot wants a cell.</summary>
    public sealed record AuctionLrp(LrpKey Slot) : FollowUp;

    /// <summary>A Pending task wants a cell.</summary>
    public sealed record AuctionTask(string TaskGuid) : FollowUp;

    /// <summary>There is another auctioneer than before, or none.</summary>
    public sealed record AuctioneerChanged : FollowUp;

    /// <summary>A container is not wanted any more.</summary>
    public sealed record StopInstance(ActualLRP Row) : FollowUp;

    /// <summary>A running instance's internal routes or metric tags are to become those of its desired LRP.</summary>
    public sealed record UpdateInstance(ActualLRP Row) : FollowUp;

    /// <summary>A cancelled task may still have a container.</summary>
    public sealed record CancelTask(string TaskGuid, string CellId) : FollowUp;

    /// <summary>A Completed task has a callback to make.</summary>
    public sealed record Callback(string TaskGuid) : FollowUp;
}

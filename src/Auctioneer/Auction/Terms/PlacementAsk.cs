using Scheduler.Models;

namespace Scheduler.Auctioneer.Auction.Terms;

public enum WorkKind
{
    Lrp,
    OneOffTask,
}

/// <summary>One piece of work to place: an LRP instance or a task.</summary>
/// <param name="Guid">The process guid of an LRP, the task guid of a task.</param>
/// <param name="Index">The instance's index; 0 for a task.</param>
/// <param name="MemoryMb">Requested memory in MB, without proxy memory; at least 0.</param>
/// <param name="DiskMb">In MB; at least 0.</param>
/// <param name="Constraints">From the engine, which interns them.</param>
public readonly record struct PlacementAsk(WorkKind Kind, string Guid, int Index, int MemoryMb, int DiskMb, ConstraintSet Constraints)
{
    /// <summary>Computed when the ask is created, not when it is decided.</summary>
    internal int GuidHash { get; } = string.GetHashCode(Guid);

    /// <summary>Diego's identifier of the auction: <c>GUID.INDEX</c> for an LRP, the guid for a task.</summary>
    public string AuctionId => Kind == WorkKind.Lrp ? $"{Guid}.{Index}" : Guid;

    /// <summary>The first broken rule, or null.</summary>
    public DomainError? Validate()
    {
        if (string.IsNullOrEmpty(Guid))
            return DomainError.Invalid(Kind == WorkKind.Lrp ? "process_guid" : "task_guid", "must be set");
        if (Index < 0)
            return DomainError.Invalid("index", "must be at least 0");
        if (MemoryMb < 0)
            return DomainError.Invalid("memory_mb", "must be at least 0");
        if (DiskMb < 0)
            return DomainError.Invalid("disk_mb", "must be at least 0");
        if (string.IsNullOrEmpty(Constraints.Constraint.RootFs))
            return DomainError.Invalid("root_fs", "must be set");
        return null;
    }
}

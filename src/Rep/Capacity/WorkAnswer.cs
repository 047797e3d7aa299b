using Scheduler.Models;

namespace Scheduler.Rep.Capacity;

public readonly record struct LrpRefusal(LrpKey Key, string Domain, string Reason);

public readonly record struct TaskRefusal(string TaskGuid, string Reason);

/// <summary>The work that a cell accepted from an offer, and the reasons for refusing the rest.</summary>
public sealed record WorkAnswer(
    IReadOnlyList<Allocation> Taken,
    IReadOnlyList<LrpRefusal> RefusedLrps,
    IReadOnlyList<TaskRefusal> RefusedTasks
);

/// <summary>Texts of a cell's refusals that are not in <see cref="PlacementErrors"/>.</summary>
public static class RefusalReasons
{
    public const string Evacuating = "cell is evacuating";
    public const string Unhealthy = "cell's container runtime is unhealthy";
    public const string DuplicateTask = "task is already on this cell";
    public const string NegativeDemand = "memory, disk and pids must be at least 0";
}

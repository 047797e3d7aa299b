using static Scheduler.Contracts.V1.Task.Types;

namespace Scheduler.Simulation.Invariants;

/// <summary>Legal transitions of a task's row according to the contract; see <see cref="LrpMoves"/>.</summary>
internal static class TaskMoves
{
    private const int Retries = 3;

    /// <summary>One transition.</summary>
    public static bool Allows(State from, State to) =>
        (from, to) switch
        {
            (State.Pending, State.Pending or State.Running or State.Completed) => true,
            (State.Running, State.Pending or State.Completed) => true,
            (State.Completed, State.Resolving) => true,
            (State.Resolving, State.Completed) => true,
            _ => false,
        };

    /// <summary>What is wrong with a task that was written or deleted, or null.</summary>
    public static string? Wrong(OneOffTask? before, OneOffTask? after)
    {
        if (after is null)
            return before is null or { State: State.Completed or State.Resolving } ? null : "was deleted before it ended";
        if (Malformed(after) is { } malformed)
            return malformed;
        if (before is null)
            return after is { State: State.Pending, RejectionCount: 0, CellId: "" }
                ? null
                : "is new, and is not PENDING or was already rejected or placed";
        if (after.CreatedAt != before.CreatedAt || after.Domain != before.Domain)
            return "changed its domain or creation time";
        return before.State is State.Pending or State.Running ? WrongOnItsWay(before, after) : WrongAtItsEnd(before, after);
    }

    private static string? Malformed(OneOffTask task)
    {
        var hasEnded = task.State is State.Completed or State.Resolving;
        if (!hasEnded && task.State is not (State.Pending or State.Running))
            return "has an unknown state";
        if (task.RejectionCount > Retries + (hasEnded ? 1 : 0))
            return "was rejected more often than it may be retried";
        if (task.State == State.Running && task.CellId.Length == 0)
            return "is RUNNING without a cell";
        if (!hasEnded)
            return task.Failed || task.FailureReason.Length > 0 || task.Result.Length > 0 || task.FirstCompletedAt != 0
                ? "has a result before it ended"
                : null;
        if (task.FirstCompletedAt == 0)
            return "ended without a completion time";
        if (task.Failed)
            return task.FailureReason.Length > 0 ? null : "failed without a reason";
        return task.CellId.Length == 0 ? null : "succeeded and still names its cell";
    }

    // The cell completes a task, and the client gets its result, only after an earlier commit has started or completed it.
    private static string? WrongOnItsWay(OneOffTask before, OneOffTask after)
    {
        var rejections = after.RejectionCount - before.RejectionCount;
        // A commit may hold several commands: one cell rejected the task and the next one started it.
        var again = before.State == State.Running && after.State == State.Running && rejections > 0;
        if (!again && !Allows(before.State, after.State))
            return "made an illegal transition";
        if (rejections < 0)
            return "lowered its rejection count";
        if (after.State == State.Pending && rejections == 0)
            return "returned to PENDING without a rejection";
        return before.State == State.Pending && after is { State: State.Completed, Failed: false } ? "succeeded without running" : null;
    }

    private static string? WrongAtItsEnd(OneOffTask before, OneOffTask after)
    {
        if (!Allows(before.State, after.State))
            return "made an illegal transition";
        if (after.State == State.Completed && after.UpdatedAt != before.UpdatedAt)
            return "changed its update time while waiting to be resolved";
        return
            after.Failed == before.Failed
            && after.FailureReason == before.FailureReason
            && after.Result == before.Result
            && after.CellId == before.CellId
            && after.FirstCompletedAt == before.FirstCompletedAt
            && after.RejectionCount == before.RejectionCount
            ? null
            : "changed after it ended";
    }
}

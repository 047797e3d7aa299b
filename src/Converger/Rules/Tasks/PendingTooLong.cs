using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>A task that found no cell in all this time fails.</summary>
internal static class PendingTooLong
{
    public const string FailureReason = "not started within time limit";

    public static Verdict Decide(TaskSeen task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Pending)
            return Verdict.Nothing;
        var due = task.CreatedAt + context.Timings.PendingTaskExpiry;
        return context.Now >= due
            ? Verdict.Do(new ConvergenceCommand.FailTask(task, FailureReason, $"pending since {task.CreatedAt:O}"))
            : Verdict.At(due);
    }
}

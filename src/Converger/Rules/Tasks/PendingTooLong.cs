using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Rule that fails a task that has been Pending for too long without finding a cell.</summary>
internal static class PendingTooLong
{
    public const string FailureReason = "not started within time limit";

    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Pending)
            return RuleResult.Nothing;
        var due = task.CreatedAt + context.Timings.PendingTaskExpiry;
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.FailTask(task, FailureReason, $"pending since {task.CreatedAt:O}"))
            : RuleResult.At(due);
    }
}

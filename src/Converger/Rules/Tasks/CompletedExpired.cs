using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>A completed task that nobody resolved in time is deleted, whether its callback came through or not.</summary>
internal static class CompletedExpired
{
    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Completed)
            return RuleResult.Nothing;
        var due = task.FirstCompletedAt + context.Timings.CompletedTaskExpiry;
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.DeleteTask(task, $"completed at {task.FirstCompletedAt:O} and not resolved"))
            : RuleResult.At(due);
    }
}

using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Rule that deletes a completed task that was not resolved in time, whether or not its callback succeeded.</summary>
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

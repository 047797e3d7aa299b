using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Rule that submits the callback of a completed task again when it has not succeeded.</summary>
internal static class CompletedResubmit
{
    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Completed || !task.HasCallback)
            return RuleResult.Nothing;
        var due = task.UpdatedAt + context.Timings.TaskKick + context.Timings.Later(task.TaskGuid);
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.ResubmitCallback(task, $"completed, unchanged since {task.UpdatedAt:O}"))
            : RuleResult.At(due);
    }
}

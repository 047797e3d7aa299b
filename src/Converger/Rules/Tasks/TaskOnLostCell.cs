using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Rule that fails a task on a lost cell. A task runs only once, so it is not replaced; its client decides what to do.</summary>
internal static class TaskOnLostCell
{
    public const string FailureReason = "cell disappeared before completion";

    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Running || context.Standing(task.CellId) != CellStanding.Lost)
            return RuleResult.Nothing;
        return RuleResult.Do(new ConvergenceCommand.FailTask(task, FailureReason, $"cell {task.CellId} is lost"));
    }
}

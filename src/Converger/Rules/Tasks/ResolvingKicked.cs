using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Somebody took it upon himself to handle the result and went silent: the task is Completed again for the next one.</summary>
internal static class ResolvingKicked
{
    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Resolving)
            return RuleResult.Nothing;
        var due = task.UpdatedAt + context.Timings.TaskKick + context.Timings.Later(task.TaskGuid);
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.DemoteTask(task, $"resolving since {task.UpdatedAt:O}"))
            : RuleResult.At(due);
    }
}

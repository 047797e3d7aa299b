using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>
/// Rule that sets a Resolving task back to Completed when the client that was handling its result goes silent, so that another can handle
/// it.
/// </summary>
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

using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>Somebody took it upon himself to handle the result and went silent: the task is Completed again for the next one.</summary>
internal static class ResolvingKicked
{
    public static Verdict Decide(TaskSeen task, Surroundings around)
    {
        if (task.State != OneOffTaskState.Resolving)
            return Verdict.Nothing;
        var due = task.UpdatedAt + around.Timings.TaskKick + around.Timings.Later(task.TaskGuid);
        return around.Now >= due
            ? Verdict.Do(new ConvergenceCommand.DemoteTask(task, $"resolving since {task.UpdatedAt:O}"))
            : Verdict.At(due);
    }
}

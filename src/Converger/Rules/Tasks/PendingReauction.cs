using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>A Pending task is auctioned again: its auction was lost, or it was rejected. Diego asks for every one in every sweep; here each has its own time.</summary>
internal static class PendingReauction
{
    public static Verdict Decide(TaskSeen task, Surroundings around)
    {
        if (task.State != OneOffTaskState.Pending)
            return Verdict.Nothing;
        var due = task.UpdatedAt + around.Timings.PendingTaskRetry + around.Timings.Later(task.TaskGuid);
        return around.Now >= due
            ? Verdict.Do(new ConvergenceCommand.ReauctionTask(task, $"pending, unchanged since {task.UpdatedAt:O}"))
            : Verdict.At(due);
    }
}

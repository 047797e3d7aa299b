using Scheduler.Converger.Rules.Terms;
using Scheduler.Models;

namespace Scheduler.Converger.Rules.Tasks;

/// <summary>
/// Rule that auctions a Pending task again: its auction was lost, or it was rejected. Diego auctions all of them in every sweep; here each
/// has its own due time.
/// </summary>
internal static class PendingReauction
{
    public static RuleResult Decide(TaskView task, ConvergenceContext context)
    {
        if (task.State != OneOffTaskState.Pending)
            return RuleResult.Nothing;
        var due = task.UpdatedAt + context.Timings.PendingTaskRetry + context.Timings.Later(task.TaskGuid);
        return context.Now >= due
            ? RuleResult.Do(new ConvergenceCommand.ReauctionTask(task, $"pending, unchanged since {task.UpdatedAt:O}"))
            : RuleResult.At(due);
    }
}

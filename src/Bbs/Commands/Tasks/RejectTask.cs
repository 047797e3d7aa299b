
namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>
/// A task could not be placed, or not started: back to Pending, for convergence to auction again after a while,
/// or failed when it has been tried often enough.
/// </summary>
internal sealed class RejectTask(RejectTaskRequest request, int maxRetries) : Command<Done>
{
    /// <summary>
    /// Whether a task that runs stays as it is: the auctioneer may still look for a place for one whose cell took it and was not
    /// heard to, and must not have it run twice. In Diego any rejection sends it back.
    /// </summary>
    public bool OnlyPending { get; init; }

    public override Result<Done> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(request.TaskGuid);
        if (task is null) return TaskRows.NotFound(request.TaskGuid);
        if (task.State is not (OneOffTask.Types.State.Pending or OneOffTask.Types.State.Running))
            return DomainError.Invalid("task_guid", $"must name a task that is Pending or Running: it is {task.State}");

        if (OnlyPending && task.State != OneOffTask.Types.State.Pending) return TaskRows.BadTransition(task, OneOffTask.Types.State.Pending);
        // A rejection whose answer was lost comes again, perhaps after another cell has taken the task.
        if (task.State == OneOffTask.Types.State.Running && request.CellId.Length > 0 && task.CellId != request.CellId)
            return new DomainError(ErrorKind.RunningOnDifferentCell, $"Running on cell {task.CellId} not {request.CellId}");

        var rejected = TaskRows.Copy(task);
        rejected.RejectionCount = task.RejectionCount + 1;
        rejected.RejectionReason = Text.Truncate(request.RejectionReason);
        // The count before this rejection: with 3 retries the fourth rejection fails the task.
        if (task.RejectionCount >= maxRetries)
        {
            rejected.Failed = true;
            rejected.FailureReason = rejected.RejectionReason;
            TaskRows.Complete(decision, task, rejected);
        }
        else
        {
            rejected.State = OneOffTask.Types.State.Pending;
            rejected.UpdatedAt = decision.NowNs;
            TaskRows.Change(decision, task, rejected);
        }
        return new Done();
    }
}

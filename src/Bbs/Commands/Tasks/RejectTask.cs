namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>
/// A task could not be placed or started. It returns to Pending, for convergence to auction again later, or fails after too many
/// rejections.
/// </summary>
internal sealed class RejectTask(RejectTaskRequest request, int maxRetries) : Command<Done>
{
    /// <summary>
    /// Whether a running task stays as it is. The auctioneer may still try to place a task whose cell accepted it although the reply was
    /// lost, and the task must not run twice. In Diego, any rejection sends the task back.
    /// </summary>
    public bool OnlyPending { get; init; }

    public override Result<Done> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(request.TaskGuid);
        if (task is null)
            return TaskRows.NotFound(request.TaskGuid);
        if (task.State is not (OneOffTask.Types.State.Pending or OneOffTask.Types.State.Running))
            return DomainError.Invalid("task_guid", $"must name a task that is Pending or Running: it is {task.State}");

        if (OnlyPending && task.State != OneOffTask.Types.State.Pending)
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Pending);
        // A rejection whose reply was lost is repeated, perhaps after another cell has taken the task.
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

namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>The cell that runs a task reports its result.</summary>
internal sealed class CompleteTask(CompleteTaskRequest request) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(request.TaskGuid);
        if (task is null)
            return TaskRows.NotFound(request.TaskGuid);
        if (task.State != OneOffTask.Types.State.Running)
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Completed);
        if (task.CellId != request.CellId)
            return new DomainError(ErrorKind.RunningOnDifferentCell, $"Running on cell {task.CellId} not {request.CellId}");

        var completed = TaskRows.Copy(task);
        completed.CellId = "";
        completed.Failed = request.Failed;
        completed.FailureReason = Text.Truncate(request.FailureReason);
        completed.Result = request.Result;
        TaskRows.Complete(decision, task, completed);
        return new Done();
    }
}

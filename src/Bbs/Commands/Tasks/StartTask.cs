namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>
/// A rep starts a Pending task. A repeated call by the same cell changes nothing; its answer is not to start the task again.
/// </summary>
internal sealed class StartTask(StartTaskRequest request) : Command<StartTaskResponse>
{
    public override Result<StartTaskResponse> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(request.TaskGuid);
        if (task is null)
            return TaskRows.NotFound(request.TaskGuid);
        if (task.State == OneOffTask.Types.State.Running && task.CellId == request.CellId)
            return new StartTaskResponse();
        if (task.State != OneOffTask.Types.State.Pending)
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Running);

        var running = TaskRows.Copy(task);
        running.State = OneOffTask.Types.State.Running;
        running.CellId = request.CellId;
        running.UpdatedAt = decision.NowNs;
        TaskRows.Change(decision, task, running);
        return new StartTaskResponse { ShouldStart = true, Task = running };
    }
}

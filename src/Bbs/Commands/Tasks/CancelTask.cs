namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>A client cancels a task: it completes as failed, and its cell is notified.</summary>
internal sealed class CancelTask(string taskGuid) : Command<Done>
{
    private const string Reason = "task was cancelled";

    public override Result<Done> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(taskGuid);
        if (task is null)
            return TaskRows.NotFound(taskGuid);
        if (task.State is not (OneOffTask.Types.State.Pending or OneOffTask.Types.State.Running))
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Completed);
        TaskRows.Fail(decision, task, Reason, keepCell: false);
        if (task.CellId.Length > 0)
            decision.Then(new FollowUp.CancelTask(taskGuid, task.CellId));
        return new Done();
    }
}

using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>Gives one caller the exclusive right to handle the result of a Completed task. The value is the task.</summary>
internal sealed class ResolveTask(string taskGuid) : Command<OneOffTask>
{
    public override Result<OneOffTask> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(taskGuid);
        if (task is null)
            return TaskRows.NotFound(taskGuid);
        if (task.State != OneOffTask.Types.State.Completed)
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Resolving);
        var resolving = TaskRows.Copy(task);
        resolving.State = OneOffTask.Types.State.Resolving;
        resolving.UpdatedAt = decision.NowNs;
        TaskRows.Change(decision, task, resolving);
        return resolving;
    }
}

/// <summary>The result has been handled.</summary>
internal sealed class DeleteTask(string taskGuid) : Command<Done>
{
    public override Result<Done> Decide(Decision decision)
    {
        var task = decision.State.OneOffTask(taskGuid);
        if (task is null)
            return TaskRows.NotFound(taskGuid);
        // Diego's message names Resolving as the target state, because that is the state required.
        if (task.State != OneOffTask.Types.State.Resolving)
            return TaskRows.BadTransition(task, OneOffTask.Types.State.Resolving);
        decision.State.DeleteTask(taskGuid);
        decision.Emit(TaskEvents.Removed(task));
        return new Done();
    }
}

using Scheduler.Bbs.Commands.Tasks;
using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Convergence;

/// <summary>Repairs of tasks. A task's version is its <c>updated_at</c>.</summary>
internal static class TaskRepairs
{
    public static DomainError? Fail(Decision decision, FailTask command)
    {
        if (Find(decision, command.TaskGuid) is not { } task)
            return Gone(command.TaskGuid);
        if (task.UpdatedAt != command.UpdatedAt)
            return Changed(task);
        if (task.State is not (OneOffTask.Types.State.Pending or OneOffTask.Types.State.Running))
            return Changed(task);
        // A running task fails only when its cell is lost.
        if (task.State == OneOffTask.Types.State.Running && Stale.UnlessLost(decision, task.CellId, $"task {task.TaskGuid}") is { } refusal)
            return refusal;
        TaskRows.Fail(decision, task, command.FailureReason, keepCell: true);
        return null;
    }

    public static DomainError? Reauction(Decision decision, TaskVersion version)
    {
        if (Refuse(decision, version, OneOffTask.Types.State.Pending, out var task) is { } refusal)
            return refusal;
        decision.Then(new FollowUp.AuctionTask(task!.TaskGuid));
        return null;
    }

    public static DomainError? Demote(Decision decision, TaskVersion version)
    {
        if (Refuse(decision, version, OneOffTask.Types.State.Resolving, out var task) is { } refusal)
            return refusal;
        var completed = TaskRows.Copy(task!);
        completed.State = OneOffTask.Types.State.Completed;
        TaskRows.Change(decision, task!, completed);
        TaskRows.SubmitCallback(decision, completed);
        return null;
    }

    public static DomainError? ResubmitCallback(Decision decision, TaskVersion version)
    {
        if (Refuse(decision, version, OneOffTask.Types.State.Completed, out var task) is { } refusal)
            return refusal;
        TaskRows.SubmitCallback(decision, task!);
        return null;
    }

    public static DomainError? Delete(Decision decision, TaskVersion version)
    {
        if (Find(decision, version.TaskGuid) is null)
            return null;
        if (Refuse(decision, version, OneOffTask.Types.State.Completed, out var task) is { } refusal)
            return refusal;
        decision.State.DeleteTask(task!.TaskGuid);
        decision.Emit(TaskEvents.Removed(task));
        return null;
    }

    private static DomainError? Refuse(Decision decision, TaskVersion version, OneOffTask.Types.State wanted, out OneOffTask? task)
    {
        task = Find(decision, version.TaskGuid);
        if (task is null)
            return Gone(version.TaskGuid);
        return task.UpdatedAt != version.UpdatedAt || task.State != wanted ? Changed(task) : null;
    }

    private static OneOffTask? Find(Decision decision, string taskGuid) => decision.State.OneOffTask(taskGuid);

    private static DomainError Changed(OneOffTask task) =>
        Stale.Because($"task {task.TaskGuid}", $"it has changed since: it is {task.State}");

    private static DomainError Gone(string taskGuid) => Stale.Because($"task {taskGuid}", "it is gone");
}

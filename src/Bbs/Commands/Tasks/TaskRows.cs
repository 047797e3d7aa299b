using Scheduler.Bbs.Events;

namespace Scheduler.Bbs.Commands.Tasks;

/// <summary>Transitions shared by several task commands. State machine: Pending → Running → Completed → Resolving → deleted.</summary>
internal static class TaskRows
{
    /// <summary>Copies the outer message only: the definition never changes, so versions share it.</summary>
    public static OneOffTask Copy(OneOffTask task) =>
        new()
        {
            TaskDefinition = task.TaskDefinition,
            TaskGuid = task.TaskGuid,
            Domain = task.Domain,
            CreatedAt = task.CreatedAt,
            UpdatedAt = task.UpdatedAt,
            FirstCompletedAt = task.FirstCompletedAt,
            State = task.State,
            CellId = task.CellId,
            Result = task.Result,
            Failed = task.Failed,
            FailureReason = task.FailureReason,
            RejectionCount = task.RejectionCount,
            RejectionReason = task.RejectionReason,
        };

    public static void Change(Decision decision, OneOffTask before, OneOffTask after)
    {
        decision.State.Put(after);
        decision.Emit(TaskEvents.Changed(before, after));
    }

    /// <summary>Moves the task to Completed, as failed; its callback is due at once.</summary>
    public static void Fail(Decision decision, OneOffTask task, string reason, bool keepCell)
    {
        var completed = Copy(task);
        if (!keepCell)
            completed.CellId = "";
        completed.Failed = true;
        completed.FailureReason = Text.Truncate(reason);
        completed.Result = "";
        Complete(decision, task, completed);
    }

    public static void Complete(Decision decision, OneOffTask before, OneOffTask completed)
    {
        completed.State = OneOffTask.Types.State.Completed;
        completed.FirstCompletedAt = decision.NowNs;
        completed.UpdatedAt = decision.NowNs;
        Change(decision, before, completed);
        SubmitCallback(decision, completed);
    }

    public static void SubmitCallback(Decision decision, OneOffTask task)
    {
        if (task.TaskDefinition.CompletionCallbackUrl.Length > 0)
            decision.Then(new FollowUp.Callback(task.TaskGuid));
    }

    public static DomainError NotFound(string taskGuid) => DomainError.NotFound($"task {taskGuid}");

    /// <summary>Diego's message.</summary>
    public static DomainError BadTransition(OneOffTask task, OneOffTask.Types.State to) =>
        new(ErrorKind.InvalidStateTransition, $"Cannot transition from {task.State} to {to}");
}
